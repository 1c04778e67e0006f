package main

import (
	"encoding/json"
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
)

type object = map[string]any

// refused says that a request is refused before it is sent. more holds further members of the problem.
type refused struct {
	status       int
	code, effect string
	more         object
}

func (r *refused) Error() string { return r.code }

func refuse(status int, code string) error { return &refused{status, code, "nothing", nil} }

func invalid(detail string) error {
	return &refused{400, "invalid_request", "nothing", object{"detail": detail}}
}

// ISO 4217: how many decimals an amount has. All other currencies have 2.
var codes = map[int]string{
	0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
	3: "BHD IQD JOD KWD LYD OMR TND", 4: "CLF UYW",
}

func digits(currency string) int {
	for digits, list := range codes {
		for _, code := range strings.Fields(list) {
			if code == currency {
				return digits
			}
		}
	}
	return 2
}

var plainAmount = regexp.MustCompile(`^[0-9]{1,12}(\.[0-9]+)?$`)

// isCurrency takes capitals, as ISO 4217 writes them: "usd" would be another currency than the provider's answer is in.
var isCurrency = regexp.MustCompile(`^[A-Z]{3}$`).MatchString

// amountOf returns a decimal string or JSON number in minor units. It works on the text, so no amount becomes a float. At
// most 12 digits stand before the point, so one fits into an int64. The sum of a thousand may not: see total.
func amountOf(amount any, digits int) (int64, error) {
	text, _ := amount.(string)
	if number, isNumber := amount.(json.Number); isNumber {
		text = number.String()
	}
	whole, fraction, _ := strings.Cut(text, ".")
	fraction = strings.TrimRight(fraction, "0")
	if plainAmount.MatchString(text) && len(fraction) <= digits {
		padded := whole + fraction + strings.Repeat("0", digits-len(fraction))
		return strconv.ParseInt(padded, 10, 64)
	}
	return 0, fmt.Errorf("no amount with up to %d decimals", digits)
}

// minor is the same of an amount to refund, which is above zero.
func minor(amount any, digits int) (int64, error) {
	if units, err := amountOf(amount, digits); err == nil && units > 0 {
		return units, nil
	}
	return 0, invalid(fmt.Sprintf("expected a positive amount with up to %d decimals", digits))
}

// total adds amounts up. What does not fit into an int64 is the largest one, which is above every amount of an order.
func total(amounts []int64) (sum int64) {
	for _, one := range amounts {
		if sum > math.MaxInt64-one {
			return math.MaxInt64
		}
		sum += one
	}
	return sum
}

// decimal writes minor units with all decimals of the currency. units: an int64 or a *big.Int.
func decimal(units any, digits int) string {
	text := fmt.Sprintf("%0*d", digits+1, units)
	if digits == 0 {
		return text
	}
	return text[:len(text)-digits] + "." + text[len(text)-digits:]
}

func min(a, b int64) int64 {
	if a < b {
		return a
	}
	return b
}

func max(a, b int64) int64 {
	if a > b {
		return a
	}
	return b
}
