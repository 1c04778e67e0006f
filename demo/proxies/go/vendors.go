package main

import (
	"encoding/json"
	"errors"
	"sort"
)

// checkOpened fails unless step one only opened the second step. Vendors' rows that cannot be read, or that come with a
// refund's ids, may be a refund.
func checkOpened(data object, payment string) error {
	rows, err := listIn(data, "refundPayload")
	if err != nil {
		return err
	}
	for _, one := range rows {
		members, _ := one.(object)
		isRow := hasTexts(members, "refundRequestId", "ibanNumber", "totalPaid", "merchantType")
		for _, name := range []string{"refundedAmount", "remainingLimit", "amountToRefund"} {
			_, isNumber := members[name].(json.Number)
			isRow = isRow && isNumber
		}
		if !isRow {
			return errors.New("a row of a vendor cannot be read")
		}
	}
	isRefund := data["refundOrderId"] != nil || data["refundArn"] != nil
	if isRefund || !hasTexts(data, "multivendor_refund_end_point") || data["orderId"] != payment {
		return errors.New("it does not say whether it only opened a refund over several vendors, or is about another payment")
	}
	return nil
}

// ofVendors returns the refunds of an answer over several vendors. It names the rows that it refuses, and has an amount for
// each other one: what does not match says nothing of any row, because nobody knows which of them was carried out.
func ofVendors(data object, r request) (made []refund, err error) {
	lists, _ := data["responseData"].(object)
	refused, ids := map[any]bool{}, map[string]bool{}
	for _, name := range []string{"dataTempered", "refundIssue", "insufficientBalance"} {
		rows, err := listIn(lists, name)
		if err != nil {
			return nil, err
		}
		for _, one := range rows {
			members, _ := one.(object)
			if !hasTexts(members, "refundRequestId") {
				return nil, errors.New("a refused row has no refundRequestId")
			}
			refused[members["refundRequestId"]] = true
		}
	}
	rows, err := listIn(lists, "generated")
	if err != nil {
		return nil, err
	}
	var said, open []int64
	for _, one := range rows {
		members, _ := one.(object)
		id, _ := members["orderId"].(string)
		amount, err := minor(members["amount"], digits(r.currency))
		if err != nil || id == "" {
			return nil, errors.New("expected the orderId and the amount of each refund")
		}
		ids[id] = true
		said = append(said, amount)
		made = append(made, refund{id, amount, "pending", "", r.currency})
	}
	for i, one := range r.rows {
		if !refused[one["refundRequestId"]] {
			open = append(open, r.amounts[i])
		}
	}
	// No payment has as much as an int64 takes: what is held stays a number that can be added up.
	if sum := total(said); sum > r.asked {
		return nil, &contradiction{"the answer is about another amount", min(sum, r.captured)}
	}
	if !areSame(said, open) {
		return nil, errors.New("it does not say what became of each row")
	}
	if len(ids) < len(made) {
		return nil, errors.New("two refunds have one id")
	}
	return made, nil
}

// areSame says whether both have the same amounts, in whatever order.
func areSame(a, b []int64) bool {
	if len(a) != len(b) {
		return false
	}
	for _, each := range [][]int64{a, b} {
		sort.Slice(each, func(i, j int) bool { return each[i] < each[j] })
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}
