package io.kyanos.capture;

import io.kyanos.bridge.BpfMap;
import java.util.Map;
import java.util.TreeMap;

/** The calls of io_uring that have moved bytes over sockets, by what the request asked for. */
final class RingCalls {

    /** As in metrics. Indexes of the map {@code uring_calls}: the kernel's {@code enum io_uring_op}, and 0. */
    private static final Map<Integer, String> KINDS = Map.ofEntries(
            Map.entry(0, "uncertain"),
            Map.entry(1, "readv"),
            Map.entry(2, "writev"),
            Map.entry(4, "read_fixed"),
            Map.entry(5, "write_fixed"),
            Map.entry(9, "sendmsg"),
            Map.entry(10, "recvmsg"),
            Map.entry(22, "read"),
            Map.entry(23, "write"),
            Map.entry(26, "send"),
            Map.entry(27, "recv"),
            Map.entry(47, "send_zc"),
            Map.entry(48, "sendmsg_zc"),
            Map.entry(49, "read_multishot"),
            Map.entry(60, "readv_fixed"),
            Map.entry(61, "writev_fixed"));

    private RingCalls() {}

    /** Of each kind, so far; those that there were none of are left out. */
    static Map<String, Long> read(BpfMap calls) {
        Map<String, Long> counts = new TreeMap<>();
        KINDS.forEach((operation, kind) -> {
            long count = calls.sumPerCpu(operation)[0];
            if (count != 0) {
                counts.put(kind, count);
            }
        });
        return counts;
    }
}
