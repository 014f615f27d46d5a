package io.kyanos.protocol.dns;

import io.kyanos.protocol.ByIdMatcher;
import io.kyanos.protocol.Conversation;
import io.kyanos.protocol.Detail;
import io.kyanos.protocol.Matcher;
import io.kyanos.protocol.Parser;
import io.kyanos.protocol.StreamKind;
import io.kyanos.record.Message;
import org.jspecify.annotations.Nullable;

/** The state of one connection of TCP, or of what one peer and one socket of UDP say to each other. Not thread-safe. */
final class DnsConversation implements Conversation {

    /** An id has 16 bits. */
    static final int MAX_WAITING = 65_536;

    private static final ByIdMatcher.Ids IDS = new ByIdMatcher.Ids() {
        @Override
        public long of(Message message) {
            return message instanceof DnsMessage known ? known.id() : -1;
        }

        @Override
        public boolean isAnswer(Message request, Message response) {
            return request instanceof DnsMessage query
                    && response instanceof DnsMessage answer
                    && answer.answers(query);
        }

        @Override
        public @Nullable Message repeated(Message waiting, Message later) {
            return waiting instanceof DnsMessage query
                            && later instanceof DnsMessage again
                            && again.asksTheSameAs(query)
                    ? query.repeated()
                    : null;
        }
    };

    private final ByIdMatcher matcher = new ByIdMatcher(MAX_WAITING, IDS);
    private final ZoneTransfer transfer = new ZoneTransfer();
    private final DnsParser queries;
    private final DnsParser responses;

    DnsConversation(StreamKind kind, Detail detail) {
        boolean isDatagram = kind == StreamKind.DATAGRAM;
        queries = new DnsParser(false, isDatagram, detail, transfer);
        responses = new DnsParser(true, isDatagram, detail, transfer);
    }

    @Override
    public Parser requests() {
        return queries;
    }

    @Override
    public Parser responses() {
        return responses;
    }

    @Override
    public Matcher matcher() {
        return matcher;
    }
}
