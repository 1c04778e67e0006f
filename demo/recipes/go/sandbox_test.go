package refunds

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
)

// server is the address of the one sandbox that all tests share.
var server string

func TestMain(m *testing.M) {
	// The program itself and not npx: npx would start it as a child, and our signal could miss it.
	command := exec.Command("node_modules/.bin/refund-form", "sandbox", "--port", "0", "--clock", "frozen")
	output, err := command.StdoutPipe()
	if err == nil {
		err = command.Start()
	}
	if err != nil {
		log.Fatal(err)
	}
	lines, address := bufio.NewScanner(output), regexp.MustCompile(`http://127\.0\.0\.1:\d+`)
	for server == "" && lines.Scan() {
		server = address.FindString(lines.Text())
	}
	if server == "" {
		log.Fatal("the sandbox ended before it listened")
	}
	// Its lines have to be read, or the pipe fills up.
	go io.Copy(io.Discard, output)
	code := m.Run()
	command.Process.Signal(os.Interrupt)
	command.Wait()
	os.Exit(code)
}

// sandbox is the sandbox of one test: a namespace with its own payments, clock and calls.
type sandbox struct {
	*testing.T
	address string
}

func open(t *testing.T) (sandbox, *Client) {
	name := strings.NewReplacer("/", "-", "#", "").Replace(t.Name())
	address := server + "/ns/" + name
	return sandbox{t, address}, &Client{API: address + "/uqpay/api", ClientID: "sandbox-client", APIKey: "sandbox-key"}
}

// control calls the sandbox's control API, and reads the answer into a value.
func (box sandbox) control(path string, body map[string]any, answer any) {
	box.Helper()
	text, err := json.Marshal(body)
	if err != nil {
		box.Fatal(err)
	}
	response, err := http.Post(box.address+"/_sandbox"+path, "application/json", bytes.NewReader(text))
	if err != nil {
		box.Fatal(err)
	}
	defer response.Body.Close()
	raw, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode >= 300 {
		box.Fatalf("%s answered %d: %s %v", path, response.StatusCode, raw, err)
	}
	if err := json.Unmarshal(raw, answer); err != nil {
		box.Fatalf("%s answered %s: %v", path, raw, err)
	}
}

func (box sandbox) scenario(name string) {
	box.control("/scenarios", map[string]any{"scenario": name}, &struct{}{})
}

func (box sandbox) advance(duration string) {
	box.control("/clock", map[string]any{"advance": duration}, &struct{}{})
}

// sentOnce fails the test unless exactly one refund was sent.
func (box sandbox) sentOnce() {
	box.Helper()
	var answer struct {
		OK          bool
		Explanation string
	}
	expected := map[string]any{"filter": map[string]string{"route": "create_refund"}, "exactly": 1}
	if box.control("/journal/verify", expected, &answer); !answer.OK {
		box.Fatal(answer.Explanation)
	}
}

type delivery struct {
	Attempts []struct {
		Code int `json:"response_code"`
	}
}

// flush returns the webhooks, once everything that is due was sent and answered.
func (box sandbox) flush() []delivery {
	var answer struct{ Webhooks []delivery }
	box.control("/webhooks/flush", map[string]any{}, &answer)
	return answer.Webhooks
}

// receive starts the merchant's receiver, and tells the sandbox about it.
func (box sandbox) receive() *[]string {
	types := &[]string{}
	receiver := &Receiver{Secret: "my-secret", OnEvent: func(event Event) { *types = append(*types, event.Type) }}
	listening := httptest.NewServer(receiver)
	box.Cleanup(listening.Close)
	endpoint := map[string]any{"provider": "uqpay", "url": listening.URL + "/webhooks", "secret": "my-secret"}
	box.control("/webhooks/endpoints", endpoint, &struct{}{})
	return types
}
