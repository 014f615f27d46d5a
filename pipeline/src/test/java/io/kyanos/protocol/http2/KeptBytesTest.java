package io.kyanos.protocol.http2;

import static org.assertj.core.api.Assertions.assertThat;

import io.kyanos.protocol.ByteView;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class KeptBytesTest {

    private static final int MOST = 1 << 16;

    private final KeptBytes kept = new KeptBytes(MOST);

    @Test
    void oneConnectionLeavesNothingForAnotherOnceAllIsTaken() {
        KeptBytes.Share greedy = kept.newShare();
        KeptBytes.Share late = kept.newShare();

        assertThat(greedy.take(MOST)).isTrue();
        assertThat(late.take(1)).isFalse();
        assertThat(kept.refused()).isEqualTo(1);

        greedy.close();
        assertThat(late.take(1)).isTrue();
    }

    @Test
    void whatIsGivenBackIsThereForOthers() {
        KeptBytes.Share share = kept.newShare();

        for (int i = 0; i < 1000; i++) {
            assertThat(share.take(MOST / 2)).isTrue();
            share.giveBack(MOST / 2);
        }
        assertThat(kept.newShare().take(MOST / 2)).isTrue();
    }

    @Test
    void aClosedConnectionKeepsNothing() {
        KeptBytes.Share share = kept.newShare();
        share.take(100);

        share.close();
        share.giveBack(100);
        share.close();

        assertThat(kept.granted()).isZero();
        assertThat(share.take(1)).isFalse();
    }

    @Test
    void tablesOfManyConnectionsStayWithinTheBound() {
        List<FieldTable> tables = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            FieldTable table = new FieldTable(kept.newShare());
            table.begin();
            table.resize(FieldTable.MOST_BYTES);
            for (int field = 0; field < 2000; field++) {
                table.add(bytes("x-" + field), 10, bytes("value"), 10);
            }
            tables.add(table);
        }

        assertThat(kept.granted()).isLessThanOrEqualTo(MOST);
        assertThat(kept.refused()).isPositive();
        assertThat(tables).anyMatch(table -> table.count() == 0);
        // what is left is named rightly: the newest is the newest
        assertThat(tables)
                .filteredOn(table -> table.count() > 0)
                .allSatisfy(table -> assertThat(table.name(0)).isEqualTo(bytes("x-1999")));
    }

    @Test
    void aFieldWithoutRoomLeavesAllUnknownAndTheNextOnesKnown() {
        KeptBytes.Share other = kept.newShare();
        FieldDecoder decoder = new FieldDecoder(kept.newShare());
        decoder.begin();
        Said first = decode(decoder, literal("a", "1"));
        other.take(MOST - 1024);
        Said refused = decode(decoder, literal("b", "2".repeat(2000)));
        Said afterwards = decode(decoder, new byte[] {(byte) (0x80 | 62)}, new byte[] {(byte) (0x80 | 63)});
        Said known = decode(decoder, literal("c", "3"), new byte[] {(byte) (0x80 | 62)});

        assertThat(first.fields).containsExactly("a: 1");
        assertThat(refused.fields).containsExactly("b: " + "2".repeat(2000));
        assertThat(afterwards.fields).containsExactly("?: ?", "?: ?");
        assertThat(known.fields).containsExactly("c: 3", "c: 3");
    }

    @Test
    void aStreamWithoutRoomIsRefusedAndOneThatEndsMakesRoom() {
        StreamTable streams = new StreamTable(kept.newShare());
        int id = 1;
        Http2Stream last = new Http2Stream(id);
        for (; !last.isRefused; id += 2) {
            last = new Http2Stream(id);
            streams.keep(last);
        }
        assertThat(streams.size()).isBetween(1, MOST / 512);
        assertThat(streams.get(last.id)).isNull();

        for (Http2Stream stream : List.copyOf(streams.values())) {
            streams.remove(stream);
        }
        Http2Stream next = new Http2Stream(id);
        streams.keep(next);

        assertThat(next.isRefused).isFalse();
        assertThat(streams.get(id)).isSameAs(next);
    }

    private static Said decode(FieldDecoder decoder, byte[]... parts) {
        int length = 0;
        for (byte[] part : parts) {
            length += part.length;
        }
        byte[] block = new byte[length];
        int at = 0;
        for (byte[] part : parts) {
            System.arraycopy(part, 0, block, at, part.length);
            at += part.length;
        }
        ByteView view = new ByteView();
        view.wrap(block, 0, block.length);
        Said said = new Said();
        assertThat(decoder.decode(view, 0, block.length, said)).isTrue();
        return said;
    }

    /** With a new name, to be added to the table. */
    private static byte[] literal(String name, String value) {
        byte[] text = bytes(value);
        byte[] length = text.length < 127
                ? new byte[] {(byte) text.length}
                : new byte[] {127, (byte) ((text.length - 127) & 0x7f | 0x80), (byte) ((text.length - 127) >> 7)};
        byte[] block = new byte[2 + name.length() + length.length + text.length];
        block[0] = 0x40;
        block[1] = (byte) name.length();
        System.arraycopy(bytes(name), 0, block, 2, name.length());
        System.arraycopy(length, 0, block, 2 + name.length(), length.length);
        System.arraycopy(text, 0, block, block.length - text.length, text.length);
        return block;
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    private static final class Said implements FieldDecoder.Fields {

        final List<String> fields = new ArrayList<>();

        @Override
        public void field(ByteView name, ByteView value) {
            fields.add(text(name) + ": " + text(value));
        }

        private static String text(ByteView view) {
            return view == null ? "?" : view.latin1(0, view.length());
        }
    }
}
