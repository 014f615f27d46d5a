package io.kyanos.protocol.grpc;

import io.kyanos.record.Attribute;
import java.util.List;

/** The attributes of calls that other exchanges over HTTP do not have. */
public final class GrpcAttribute {

    public static final Attribute RPC = Attribute.ofRequest(
                    "rpc", "The protocol of the call: `grpc`, `grpc-web`, `grpc-web-text`, `connect`, `connect-stream`")
            .inAnyCase();
    public static final Attribute SERVICE = Attribute.ofRequest(
                    "rpc_service", "The service, with its package: `grpc.health.v1.Health`")
            .alsoCalled("service", "grpcservice");
    public static final Attribute METHOD =
            Attribute.ofRequest("rpc_method", "The method: `Check`").alsoCalled("grpcmethod", "procedure");
    public static final Attribute DEADLINE = Attribute.ofRequest(
                    "deadline",
                    "About how long the client waits, from the field `grpc-timeout`, which clients round: `1 s`, `100 ms`")
            .alsoCalled("timeout", "grpctimeout");
    public static final Attribute ENCODING = Attribute.listOfBoth(
                    "grpc_encoding", "How messages that are compressed are: the field `grpc-encoding`")
            .inAnyCase();
    public static final Attribute REQUEST_MESSAGES =
            Attribute.ofRequest("request_messages", "How many messages the client has sent");
    public static final Attribute FIRST_REQUEST_MESSAGE_MS = Attribute.ofRequest(
            "first_request_message_ms", "Milliseconds from the beginning of the call to the end of the first of these");
    public static final Attribute LAST_REQUEST_MESSAGE_MS =
            Attribute.ofRequest("last_request_message_ms", "The same of the last one");
    public static final Attribute RESPONSE_MESSAGES =
            Attribute.ofResponse("response_messages", "How many messages the server has sent");
    public static final Attribute FIRST_RESPONSE_MESSAGE_MS = Attribute.ofResponse(
            "first_response_message_ms",
            "Milliseconds from the beginning of the call to the end of the first of these");
    public static final Attribute LAST_RESPONSE_MESSAGE_MS =
            Attribute.ofResponse("last_response_message_ms", "The same of the last one");
    public static final Attribute COMPRESSED_MESSAGES = Attribute.listOfBoth(
            "compressed_messages", "How many of the messages are compressed; not there without any");
    public static final Attribute MESSAGES_MISSED = Attribute.listOfBoth(
            "messages_missed",
            "`true` where bytes were not seen, so that there may have been more messages; else not there");
    public static final Attribute GRPC_MESSAGE = Attribute.ofResponse(
                    "grpc_message", "What the server says of the status: the field `grpc-message`, decoded")
            .alsoCalled("errormessage", "statusmessage");
    public static final Attribute HTTP_STATUS = Attribute.ofResponse(
                    "http_status", "The status of HTTP, where it is not 200")
            .alsoCalled("httpstatuscode");
    public static final Attribute METADATA = Attribute.listOfBoth(
                    "binary_metadata",
                    "Each field that holds bytes, and these in hexadecimal digits: `trace-bin=0a0b`; 256 bytes at most, secrets"
                            + " masked")
            .alsoCalled("metadata", "bin");

    /** In the order of the documents. */
    static final List<Attribute> ALL = List.of(
            RPC,
            SERVICE,
            METHOD,
            DEADLINE,
            ENCODING,
            REQUEST_MESSAGES,
            FIRST_REQUEST_MESSAGE_MS,
            LAST_REQUEST_MESSAGE_MS,
            RESPONSE_MESSAGES,
            FIRST_RESPONSE_MESSAGE_MS,
            LAST_RESPONSE_MESSAGE_MS,
            COMPRESSED_MESSAGES,
            MESSAGES_MISSED,
            GRPC_MESSAGE,
            HTTP_STATUS,
            METADATA);

    private GrpcAttribute() {}
}
