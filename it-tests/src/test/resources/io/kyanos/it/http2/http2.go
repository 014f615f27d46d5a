// http2 ask PORT does what client.js does; http2 serve PORT answers, and counts.
package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net/http"
	"os"
	"sort"
	"strings"
	"sync"
)

func main() {
	address := "127.0.0.1:" + os.Args[2]
	var clear http.Protocols
	clear.SetUnencryptedHTTP2(true)
	if os.Args[1] == "serve" {
		server := http.Server{Addr: address, Protocols: &clear, Handler: http.HandlerFunc(answer)}
		panic(server.ListenAndServe())
	}
	client := http.Client{Transport: &http.Transport{Protocols: &clear}}
	fmt.Println("ready")
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		ask(&client, "http://"+address, lines.Text())
	}
}

func answer(w http.ResponseWriter, r *http.Request) {
	io.Copy(io.Discard, r.Body)
	if strings.HasSuffix(r.URL.Path, "/nothing") {
		w.WriteHeader(404)
	}
	io.WriteString(w, "hello")
}

func ask(client *http.Client, address, line string) {
	var first, count int
	var kind string
	fmt.Sscan(line, &first, &count, &kind)
	statuses := map[int]int{}
	var lock sync.Mutex
	var all sync.WaitGroup
	atOnce := make(chan bool, 10)
	for i := first; i < first+count; i++ {
		atOnce <- true
		all.Add(1)
		go func() {
			defer func() { <-atOnce; all.Done() }()
			path := fmt.Sprintf("/users/%d", i)
			if kind == "same" {
				path = []string{"/users", "/orders", "/nothing"}[i%3]
			}
			method, body := "GET", []byte(nil)
			if i%4 == 3 {
				method, body = "POST", bytes.Repeat([]byte("x"), 100)
			}
			request, _ := http.NewRequest(method, address+path, bytes.NewReader(body))
			response, err := client.Do(request)
			if err != nil {
				panic(err)
			}
			io.Copy(io.Discard, response.Body)
			response.Body.Close()
			lock.Lock()
			statuses[response.StatusCode]++
			lock.Unlock()
		}()
	}
	all.Wait()
	var codes []int
	for code := range statuses {
		codes = append(codes, code)
	}
	sort.Ints(codes)
	told := "done " + line
	for _, code := range codes {
		told += fmt.Sprintf(" %d=%d", code, statuses[code])
	}
	fmt.Println(told)
}
