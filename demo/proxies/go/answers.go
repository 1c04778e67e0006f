package main

import "errors"

var standings = map[string]string{
	"INITIATED": "pending", "PROCESSING": "pending", "SUCCEEDED": "succeeded", "FAILED": "failed",
	"REVERSAL_INITIATED": "reversing", "REVERSAL_PROCESSING": "reversing", "REVERSAL_SUCCEEDED": "reversed",
}

func standing(word string) string {
	if known, found := standings[word]; found {
		return known
	}
	return "unrecognised"
}

// isEmpty says whether a member holds nothing at all.
func isEmpty(value any) bool {
	members, isObject := value.(object)
	list, isList := value.([]any)
	return value == nil || isObject && len(members) == 0 || isList && len(list) == 0
}

// refundsIn returns the refunds that an answer reports.
func refundsIn(body object, asked int64, places int) ([]refund, error) {
	if isUQPAY {
		id, _ := body["payment_refund_id"].(string)
		word, _ := body["refund_status"].(string)
		if id == "" || word == "" {
			return nil, errors.New("expected payment_refund_id and refund_status")
		}
		return []refund{{id, asked, standing(word), word}}, nil
	}
	data, _ := body["data"].(object)
	if data["isMultivendorRefund"] == true {
		return nil, nil // It only opened the second step.
	}
	rows := []any{data}
	if several, given := data["responseData"].(object); given {
		generated, isList := several["generated"].([]any)
		if !isList {
			return nil, errors.New("expected a list of generated refunds")
		}
		rows = generated
	}
	made := []refund{}
	for _, one := range rows {
		members, _ := one.(object)
		id, _ := members["orderId"].(string)
		if id == "" {
			return nil, errors.New("expected the orderId of each refund")
		}
		amount := asked
		if value, given := members["amount"]; given {
			var err error
			if amount, err = minor(value, places); err != nil {
				return nil, err
			}
		}
		made = append(made, refund{id, amount, "pending", ""})
	}
	return made, nil
}
