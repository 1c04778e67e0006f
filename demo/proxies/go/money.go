package main

import (
	"encoding/json"
	"fmt"
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

// amountOf returns a decimal string or JSON number in minor units. It works on the text, so no amount becomes a float. At
// most 12 digits stand before the point, so the sum of all rows of a request fits into an int64.
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

// decimal writes minor units with all decimals of the currency.
func decimal(units int64, digits int) string {
	text := fmt.Sprintf("%0*d", digits+1, units)
	if digits == 0 {
		return text
	}
	return text[:len(text)-digits] + "." + text[len(text)-digits:]
}

func max(a, b int64) int64 {
	if a > b {
		return a
	}
	return b
}
