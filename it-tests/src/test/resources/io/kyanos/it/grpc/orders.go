// orders serve|ask PORT: what orders.py does.
package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
)

// Messages are bytes.
type raw struct{}

func (raw) Marshal(v any) ([]byte, error)      { return *v.(*[]byte), nil }
func (raw) Unmarshal(data []byte, v any) error { *v.(*[]byte) = append([]byte(nil), data...); return nil }
func (raw) Name() string                       { return "proto" }

var x = []byte("x")

var streams = []grpc.StreamDesc{
	{StreamName: "Get", Handler: get},
	{StreamName: "List", Handler: list, ServerStreams: true},
	{StreamName: "Add", Handler: add, ClientStreams: true},
	{StreamName: "Chat", Handler: chat, ServerStreams: true, ClientStreams: true},
}

func get(_ any, stream grpc.ServerStream) error {
	fmt.Println("Get")
	var asked []byte
	if err := stream.RecvMsg(&asked); err != nil {
		return err
	}
	if code, err := strconv.Atoi(string(asked)); err == nil {
		return status.Error(codes.Code(code), "as asked")
	}
	if string(asked) == "slow" {
		<-stream.Context().Done()
		return stream.Context().Err()
	}
	return stream.SendMsg(&asked)
}

func list(_ any, stream grpc.ServerStream) error {
	fmt.Println("List")
	var asked []byte
	if err := stream.RecvMsg(&asked); err != nil {
		return err
	}
	count, _ := strconv.Atoi(string(asked))
	for i := 0; i < count; i++ {
		if err := stream.SendMsg(&x); err != nil {
			return err
		}
	}
	return nil
}

func add(_ any, stream grpc.ServerStream) error {
	fmt.Println("Add")
	for count := 0; ; count++ {
		var asked []byte
		if err := stream.RecvMsg(&asked); err == io.EOF {
			told := []byte(strconv.Itoa(count))
			return stream.SendMsg(&told)
		} else if err != nil {
			return err
		}
	}
}

func chat(_ any, stream grpc.ServerStream) error {
	fmt.Println("Chat")
	for {
		var asked []byte
		if err := stream.RecvMsg(&asked); err == io.EOF {
			return nil
		} else if err != nil {
			return err
		}
		if err := stream.SendMsg(&asked); err != nil {
			return err
		}
	}
}

func serve(address string) {
	listener, err := net.Listen("tcp", address)
	if err != nil {
		panic(err)
	}
	server := grpc.NewServer(grpc.ForceServerCodec(raw{}))
	server.RegisterService(&grpc.ServiceDesc{ServiceName: "shop.v1.Orders", Streams: streams}, nil)
	fmt.Println("listening")
	panic(server.Serve(listener))
}

// One call that sends these, and cancels after it has got so many messages, unless that is 0.
func call(conn *grpc.ClientConn, ctx context.Context, method string, cancelAt int, messages ...[]byte) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	desc := &grpc.StreamDesc{ServerStreams: true, ClientStreams: true}
	stream, err := conn.NewStream(ctx, desc, "/shop.v1.Orders/"+method)
	if err != nil {
		panic(err)
	}
	for i := range messages {
		if err := stream.SendMsg(&messages[i]); err != nil {
			break
		}
	}
	if cancelAt == 0 {
		stream.CloseSend()
	}
	got := 0
	for {
		var answer []byte
		if err = stream.RecvMsg(&answer); err != nil {
			break
		}
		got++
		if got == cancelAt {
			cancel()
		}
	}
	if err == io.EOF {
		err = nil
	}
	fmt.Println(method, names[status.Code(err)], len(messages), got)
}

var names = []string{"OK", "CANCELLED", "UNKNOWN", "INVALID_ARGUMENT", "DEADLINE_EXCEEDED", "NOT_FOUND", "ALREADY_EXISTS",
	"PERMISSION_DENIED", "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION", "ABORTED", "OUT_OF_RANGE", "UNIMPLEMENTED", "INTERNAL",
	"UNAVAILABLE", "DATA_LOSS", "UNAUTHENTICATED"}

func ask(address string) {
	conn, err := grpc.NewClient(address, grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithDefaultCallOptions(grpc.ForceCodec(raw{})))
	if err != nil {
		panic(err)
	}
	defer conn.Close()
	plain := context.Background()
	marked := metadata.AppendToOutgoingContext(plain, "key-bin", "\x00\xff\x10")
	for i := 0; i < 5; i++ {
		call(conn, marked, "Get", 0, []byte("ok"))
	}
	for code := 1; code <= 16; code++ {
		call(conn, plain, "Get", 0, []byte(strconv.Itoa(code)))
	}
	call(conn, plain, "List", 0, []byte("10"))
	call(conn, plain, "Add", 0, x, x, x, x, x, x, x, x, x, x)
	call(conn, plain, "Chat", 0, x, x, x, x, x)
	call(conn, plain, "Nothing", 0, x)
	soon, cancel := context.WithTimeout(plain, 300*time.Millisecond)
	call(conn, soon, "Get", 0, []byte("slow"))
	cancel()
	call(conn, plain, "Chat", 2, x, x)
}

func main() {
	if os.Args[1] == "serve" {
		serve("127.0.0.1:" + os.Args[2])
	} else {
		ask("127.0.0.1:" + os.Args[2])
	}
}
