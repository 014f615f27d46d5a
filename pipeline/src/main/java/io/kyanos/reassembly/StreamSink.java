package io.kyanos.reassembly;

import io.kyanos.event.Direction;

/** Takes the connections that packets are made into. Egress is what the local end of a flow has sent. */
public interface StreamSink {

    /**
     * The first bytes of a connection are about to come.
     *
     * @return false if nobody wants them: nothing more of the connection will be heard
     */
    boolean opens(Flow flow);

    /**
     * Bytes of a direction, in order: positions that are left out were not captured. Of a flow of datagrams a whole one.
     *
     * @param movedAt nanoseconds since the epoch; of one direction never earlier than what came before
     * @param length of the stretch, of which the first {@code captured} bytes are at {@code offset} of {@code array}, as
     *     long as the call lasts
     * @param continued nothing shows that the sender meant anything to end where the stretch begins
     */
    void bytes(
            Flow flow,
            Direction direction,
            long movedAt,
            long position,
            int length,
            byte[] array,
            int offset,
            int captured,
            boolean continued);

    /**
     * The connection has ended.
     *
     * @param egressEnd final stream position, as far as packets show it; so {@code ingressEnd}
     * @param reason one of the codes of {@link io.kyanos.event.EventDecoder#closeReason}
     * @param firstEnd one of the codes of {@link io.kyanos.event.EventDecoder#closedFirstEnd}
     */
    void closes(Flow flow, long closedAt, long egressEnd, long ingressEnd, int reason, int firstEnd);
}
