/**
 * What lies in the streams of HTTP/2 where they are remote procedure calls: gRPC, gRPC-Web and Connect. Types of content, names,
 * statuses, metadata, and where in a body each message ends. No framing of HTTP, no payload. Start with
 * {@link io.kyanos.protocol.grpc.RpcType}.
 */
@NullMarked
package io.kyanos.protocol.grpc;

import org.jspecify.annotations.NullMarked;
