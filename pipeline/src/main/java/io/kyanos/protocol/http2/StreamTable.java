package io.kyanos.protocol.http2;

import io.kyanos.record.Details.Value;
import it.unimi.dsi.fastutil.ints.Int2ObjectMap;
import it.unimi.dsi.fastutil.ints.Int2ObjectOpenHashMap;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The streams of one connection that are open, by their numbers, as many as its share of the memory has room for. Not thread-safe. */
final class StreamTable {

    /** Bytes of the heap for a stream beside its texts, with its request, its place in the table and its call, about. */
    private static final int STREAM_BYTES = 512;

    private static final int VALUE_BYTES = 64;

    private final Int2ObjectMap<Http2Stream> streams = new Int2ObjectOpenHashMap<>();
    private final KeptBytes.Share share;

    StreamTable(KeptBytes.Share share) {
        this.share = share;
    }

    /** Null if it is not open, or was refused. */
    @Nullable
    Http2Stream get(int id) {
        return streams.get(id);
    }

    int size() {
        return streams.size();
    }

    boolean isEmpty() {
        return streams.isEmpty();
    }

    Collection<Http2Stream> values() {
        return streams.values();
    }

    /**
     * A stream that is open, or what is known of it, has grown. Where there is no room it is refused; of one that is here already, what
     * its response says in detail is.
     */
    void keep(Http2Stream stream) {
        long bytes = bytesOf(stream);
        if (share.take(bytes - stream.keptBytes)) {
            stream.keptBytes = bytes;
            streams.put(stream.id, stream);
        } else if (streams.containsKey(stream.id)) {
            stream.saysNoMore();
        } else {
            stream.isRefused = true;
        }
    }

    void remove(Http2Stream stream) {
        if (streams.remove(stream.id) != null) {
            share.giveBack(stream.keptBytes);
            stream.keptBytes = 0;
        }
    }

    private static long bytesOf(Http2Stream stream) {
        long characters = (long) stream.undecidedPath.length() + stream.resource.length();
        Http2Call call = stream.call;
        long bytesOfCall = call == null ? 0 : call.name.length() + call.bytesOfValues();
        return STREAM_BYTES + characters + bytesOfCall + bytesOf(stream.requestValues) + bytesOf(stream.responseValues);
    }

    /** What such values take of the heap, about. */
    static long bytesOf(List<Value> values) {
        long bytes = 0;
        for (int i = 0; i < values.size(); i++) {
            bytes += VALUE_BYTES + values.get(i).text().length();
        }
        return bytes;
    }
}
