package main

import (
	"log"
	"net/url"
	"os"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// setting ends the program if the variable is empty: an empty session would let everybody in.
func setting(name string) string {
	value := os.Getenv(name)
	if value == "" {
		log.Fatalf("%s is not set: set it in the environment of the server", name)
	}
	return value
}

// checkHeader ends the program if a credential cannot be sent in a header. The message has no value: it is a secret.
func checkHeader(name string) {
	for _, mark := range setting(name) {
		if mark == 0 || mark == '\r' || mark == '\n' || mark > 0xff {
			log.Fatalf("%s: expected characters that a header can hold: is a line end left in it? "+
				"Correct it in the environment of the server", name)
		}
	}
}

func optional(name, otherwise string) string {
	if value := os.Getenv(name); value != "" {
		return value
	}
	return otherwise
}

// wrong says what came and what was expected. Later the value would only show as the failure of each request.
func wrong(name, expected string) {
	log.Fatalf("%s: expected %s, received %s: correct it in the environment of the server", name, expected, os.Getenv(name))
}

func upstream() string { return strings.TrimRight(setting("REFUND_UPSTREAM"), "/") }

func isAddress(text string) bool {
	found, err := url.Parse(text)
	return err == nil && (found.Scheme == "http" || found.Scheme == "https") && found.Hostname() != ""
}

var isHere = regexp.MustCompile(`^(127(\.[0-9]+){3}|localhost|::1)$`)

// isUpstream refuses http:// to another machine: the credentials could be read on their way.
func isUpstream(text string) bool {
	found, err := url.Parse(text)
	if err != nil || !isAddress(text) {
		return false
	}
	mayBePlain := os.Getenv("REFUND_ALLOW_PLAIN_HTTP") == "1" || isHere.MatchString(strings.ToLower(found.Hostname()))
	return mayBePlain || found.Scheme == "https"
}

var plainSeconds = regexp.MustCompile(`^[0-9]{1,4}(\.[0-9]+)?$`)

// checkSettings ends the program at the first fault, and returns the time limit of a call.
func checkSettings(needed, inHeaders []string) time.Duration {
	if name := setting("REFUND_PROVIDER"); name != "uqpay" && name != "upayments" {
		wrong("REFUND_PROVIDER", "uqpay or upayments")
	}
	if !isUpstream(setting("REFUND_UPSTREAM")) {
		wrong("REFUND_UPSTREAM", "an address that begins with https://, or with http:// to this machine or with REFUND_ALLOW_PLAIN_HTTP=1")
	}
	// Braces are no part of an address before the payment takes their place.
	orders := setting("REFUND_ORDERS")
	if !strings.Contains(orders, "{id}") || !isAddress(strings.ReplaceAll(orders, "{id}", "1")) {
		wrong("REFUND_ORDERS", "an address such as http://shop.internal/orders/{id}")
	}
	for _, name := range needed {
		setting(name)
	}
	for _, name := range inHeaders {
		checkHeader(name)
	}
	seconds := optional("REFUND_TIMEOUT", "20")
	timeout, err := time.ParseDuration(seconds + "s")
	if err != nil || timeout <= 0 || !plainSeconds.MatchString(seconds) {
		wrong("REFUND_TIMEOUT", "a number of seconds above 0, such as 20")
	}
	if _, err := strconv.ParseUint(optional("PORT", "8080"), 10, 16); err != nil {
		wrong("PORT", "a number from 0 to 65535")
	}
	return timeout
}
