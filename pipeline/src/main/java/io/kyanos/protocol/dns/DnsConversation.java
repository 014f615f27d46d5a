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
record DnsConversation(Parser requests, Parser responses, Matcher matcher) implements Conversation {

    /** An id has 16 bits. */
    static final int MAX_WAITING = 65_536;

    private static final ByIdMatcher.Ids IDS = new ByIdMatcher.Ids() {
        @Override
        public long of(Message message) {
            return message instanceof DnsMessage known ? known.id() : -1;
        }

        @Override
        public boolean isAnswer(Message request, Message response) {
            return request instanceof DnsMessage.Query query
                    && response instanceof DnsMessage.Response answer
                    && answer.answers(query);
        }

        @Override
        public @Nullable Message repeated(Message waiting, Message later) {
            return waiting instanceof DnsMessage.Query query
                            && later instanceof DnsMessage.Query again
                            && again.asksTheSameAs(query)
                    ? query.repeated()
                    : null;
        }
    };

    static DnsConversation of(StreamKind kind, Detail detail) {
        boolean isDatagram = kind == StreamKind.DATAGRAM;
        ZoneTransfer transfer = new ZoneTransfer();
        return new DnsConversation(
                new DnsParser(false, isDatagram, detail, transfer),
                new DnsParser(true, isDatagram, detail, transfer),
                new ByIdMatcher(MAX_WAITING, IDS));
    }
}
