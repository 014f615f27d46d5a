package io.kyanos.protocol.http2;

import static org.assertj.core.api.Assertions.assertThat;

import io.kyanos.protocol.ByteView;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FieldDecoderTest {

    private final FieldDecoder decoder = new FieldDecoder(new KeptBytes(KeptBytes.DEFAULT_MOST).newShare());

    // https://www.rfc-editor.org/rfc/rfc7541#appendix-C.2

    @Test
    void readsEachFormOfAField() {
        decoder.begin();

        assertThat(decoded("400a 6375 7374 6f6d 2d6b 6579 0d63 7573 746f 6d2d 6865 6164 6572"))
                .containsExactly("custom-key: custom-header");
        assertThat(decoded("040c 2f73 616d 706c 652f 7061 7468")).containsExactly(":path: /sample/path");
        assertThat(decoded("1008 7061 7373 776f 7264 0673 6563 7265 74")).containsExactly("secret password: secret");
        assertThat(decoded("82")).containsExactly(":method: GET");
        assertThat(decoded("be")).containsExactly("custom-key: custom-header");
    }

    // https://www.rfc-editor.org/rfc/rfc7541#appendix-C.3 and appendix-C.4

    @Test
    void readsRequestsThatReferToEachOther() {
        readsRequests(
                "8286 8441 0f77 7777 2e65 7861 6d70 6c65 2e63 6f6d",
                "8286 84be 5808 6e6f 2d63 6163 6865",
                "8287 85bf 400a 6375 7374 6f6d 2d6b 6579 0c63 7573 746f 6d2d 7661 6c75 65");
    }

    @Test
    void readsRequestsInHuffmanCode() {
        readsRequests(
                "8286 8441 8cf1 e3c2 e5f2 3a6b a0ab 90f4 ff",
                "8286 84be 5886 a8eb 1064 9cbf",
                "8287 85bf 4088 25a8 49e9 5ba9 7d7f 8925 a849 e95b b8e8 b4bf");
    }

    private void readsRequests(String first, String second, String third) {
        decoder.begin();

        assertThat(decoded(first))
                .containsExactly(":method: GET", ":scheme: http", ":path: /", ":authority: www.example.com");
        assertThat(decoded(second))
                .containsExactly(
                        ":method: GET",
                        ":scheme: http",
                        ":path: /",
                        ":authority: www.example.com",
                        "cache-control: no-cache");
        assertThat(decoded(third))
                .containsExactly(
                        ":method: GET",
                        ":scheme: https",
                        ":path: /index.html",
                        ":authority: www.example.com",
                        "custom-key: custom-value");
    }

    // https://www.rfc-editor.org/rfc/rfc7541#appendix-C.5 and appendix-C.6, where the table has 256 bytes

    @Test
    void readsResponsesWhoseFieldsAreEvicted() {
        readsResponses(
                "4803 3330 3258 0770 7269 7661 7465 611d 4d6f 6e2c 2032 3120 4f63 7420 3230 3133 2032 303a 3133 3a32"
                        + "3120 474d 546e 1768 7474 7073 3a2f 2f77 7777 2e65 7861 6d70 6c65 2e63 6f6d",
                "4803 3330 37c1 c0bf",
                "88c1 611d 4d6f 6e2c 2032 3120 4f63 7420 3230 3133 2032 303a 3133 3a32 3220 474d 54c0 5a04 677a 6970"
                        + "7738 666f 6f3d 4153 444a 4b48 514b 425a 584f 5157 454f 5049 5541 5851 5745 4f49 553b 206d"
                        + "6178 2d61 6765 3d33 3630 303b 2076 6572 7369 6f6e 3d31");
    }

    @Test
    void readsResponsesInHuffmanCode() {
        readsResponses(
                "4882 6402 5885 aec3 771a 4b61 96d0 7abe 9410 54d4 44a8 2005 9504 0b81 66e0 82a6 2d1b ff6e 919d 29ad"
                        + "1718 63c7 8f0b 97c8 e9ae 82ae 43d3",
                "4883 640e ffc1 c0bf",
                "88c1 6196 d07a be94 1054 d444 a820 0595 040b 8166 e084 a62d 1bff c05a 839b d9ab 77ad 94e7 821d d7f2"
                        + "e6c7 b335 dfdf cd5b 3960 d5af 2708 7f36 72c1 ab27 0fb5 291f 9587 3160 65c0 03ed 4ee5 b106"
                        + "3d50 07");
    }

    private void readsResponses(String first, String second, String third) {
        decoder.begin();
        decoded("3fe101");

        assertThat(decoded(first))
                .containsExactly(
                        ":status: 302",
                        "cache-control: private",
                        "date: Mon, 21 Oct 2013 20:13:21 GMT",
                        "location: https://www.example.com");
        assertThat(decoded(second))
                .containsExactly(
                        ":status: 307",
                        "cache-control: private",
                        "date: Mon, 21 Oct 2013 20:13:21 GMT",
                        "location: https://www.example.com");
        assertThat(decoded(third))
                .containsExactly(
                        ":status: 200",
                        "cache-control: private",
                        "date: Mon, 21 Oct 2013 20:13:22 GMT",
                        "location: https://www.example.com",
                        "content-encoding: gzip",
                        "set-cookie: foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1");
        assertThat(decoded("c1")).isNull();
    }

    @Test
    void doesNotKnowWhatWasAddedBeforeItJoined() {
        assertThat(decoded("be")).containsExactly("?: ?");
        assertThat(decoded("40 0161 0162")).containsExactly("a: b");
        assertThat(decoded("be bf")).containsExactly("a: b", "?: ?");
    }

    @Test
    void knowsTheValueOfAFieldWhoseNameItDoesNotKnow() {
        assertThat(decoded("7e 0162")).containsExactly("?: b");
        assertThat(decoded("40 0161 0162")).containsExactly("a: b");
        assertThat(decoded("bf be")).containsExactly("?: ?", "a: b");
    }

    @Test
    void forgetsWhatItKnowsWithABlockThatIsLost() {
        decoder.begin();
        decoded("40 0161 0162");

        decoder.forget();

        assertThat(decoded("be")).containsExactly("?: ?");
    }

    @Test
    void forgetsWhatItKnowsWithABlockThatIsNotWellFormed() {
        decoder.begin();
        decoded("40 0161 0162");

        assertThat(decoded("80")).isNull();
        assertThat(decoded("be")).containsExactly("?: ?");
    }

    @Test
    void knowsThatATableIsEmptyOnceItsSizeWasZero() {
        assertThat(decoded("20 3fe11f")).isEmpty();
        assertThat(decoded("40 0161 0162")).containsExactly("a: b");
        assertThat(decoded("be")).containsExactly("a: b");
        assertThat(decoded("bf")).isNull();
    }

    @Test
    void addsToATableOfNoSizeWithoutAnError() {
        decoder.begin();

        assertThat(decoded("20 40 0161 0162 40 0161 0162")).containsExactly("a: b", "a: b");
        assertThat(decoded("be")).isNull();
    }

    @Test
    void emptiesATableWithAFieldThatIsLargerThanIt() {
        decoder.begin();
        decoded("3f09 40 0161 0162"); // 40 bytes, of which the field takes 34

        assertThat(decoded("40 0161 0a 30313233343536373839")).containsExactly("a: 0123456789");
        assertThat(decoded("be")).isNull();
    }

    @Test
    void seesFieldsThatEarlierUpdatesOfTheSizeEvict() {
        decoder.begin();
        decoded("40 0161 0162");

        assertThat(decoded("21 3fe11f be")).isNull();
    }

    @Test
    void keepsAFieldThatIsOlderThanTheSizeThatTheOtherSideNowAllows() {
        decoder.begin();
        decoded("40 0161 0162");

        decoder.allow(0);

        assertThat(decoded("be")).containsExactly("a: b");
        assertThat(decoded("20 be")).isNull();
    }

    @Test
    void takesAnySizeOfTheTable() {
        decoder.begin();

        assertThat(decoded("3fe0ffffff0f 40 0161 0162")).containsExactly("a: b");
        assertThat(decoded("be")).containsExactly("a: b");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "80", // number 0
                "be", // nothing is numbered so
                "7e 0161", // as a name
                "ff", // a number that is cut
                "ff ffffffffff7f", // one that is too large
                "82 20", // a size after a field
                "3f e1ffffff ff", // a size that is too large
                "40", // no name
                "40 0161", // no value
                "40 0261", // a name that is cut
                "04 7fffffff7f 61", // a value that is longer than the block
                "04 81 00", // padding of zeros
                "04 82 1fff", // more padding than seven bits
                "04 84 ffffffff", // the end of a string
                "04 84 fffffffc", // the same, padded with zeros
            })
    void refusesABlockThatIsNotWellFormed(String block) {
        decoder.begin();

        assertThat(decoded(block)).isNull();
    }

    @Test
    void handsOverWhatStandsBeforeWhatIsNotWellFormed() {
        List<String> names = new ArrayList<>();
        byte[] block = hex("82 80");

        assertThat(decoder.decode(new ByteView(block, 0, 2), 0, 2, (name, value) -> names.add("" + value)))
                .isFalse();
        assertThat(names).hasSize(1);
    }

    @Test
    void countsATextThatIsTooLongToBeKeptWithItsWholeLength() {
        decoder.begin();
        int length = FieldDecoder.MAX_TEXT_BYTES + 1;
        decoded("3fe1ff03"); // 65536 bytes
        decoded("40 0161 0162");
        byte[] block = new byte[6 + length];
        byte[] head = hex("40 0163 7f 827f"); // 127 + 16258
        System.arraycopy(head, 0, block, 0, head.length);

        for (int i = 0; i < 3; i++) {
            assertThat(FieldLines.of(decoder, block)).containsExactly("c: ?");
        }

        assertThat(decoded("c1")).containsExactly("a: b");
        assertThat(FieldLines.of(decoder, block)).containsExactly("c: ?");
        assertThat(decoded("c2")).isNull();
    }

    @Test
    void passesOverFieldsThatAreNotWanted() {
        decoder.begin();
        List<String> lines = new ArrayList<>();
        FieldDecoder.Fields fields = new FieldDecoder.Fields() {
            @Override
            public void field(@Nullable ByteView name, @Nullable ByteView value) {
                lines.add(text(name) + ": " + text(value));
            }

            @Override
            public boolean isWanted(ByteView name) {
                return name.byteAt(0) == ':';
            }
        };
        // cookie: b added and named, cookie: not Huffman code, :path added and named, accept without a value
        byte[] block = hex("60 0162 be 0f11 8100 44 0163 be bf 93");

        assertThat(decoder.decode(new ByteView(block, 0, block.length), 0, block.length, fields))
                .isTrue();
        assertThat(lines).containsExactly(":path: c", ":path: c");
    }

    @Test
    void doesNotKnowCodeThatRedactionHasOverwritten() {
        decoder.begin();

        assertThat(decoded("44 8c 303030303030303030303030 40 0161 03 303030")).containsExactly(":path: ?", "a: 000");
        assertThat(decoded("bf be")).containsExactly(":path: ?", "a: 000");
    }

    private @Nullable List<String> decoded(String block) {
        return FieldLines.of(decoder, hex(block));
    }

    private static String text(@Nullable ByteView view) {
        return view == null ? FieldLines.UNKNOWN : view.latin1(0, view.length());
    }

    private static byte[] hex(String text) {
        return HexFormat.of().parseHex(text.replace(" ", ""));
    }
}
