package io.kyanos.protocol.http2;

import io.kyanos.protocol.ByteView;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Decoded fields as lines of text: {@code name: value}, and {@code ?} for what is not known. */
final class FieldLines implements FieldDecoder.Fields {

    static final String UNKNOWN = "?";

    private final List<String> lines = new ArrayList<>();

    /** The lines of a block; null if it is not well-formed. */
    static @Nullable List<String> of(FieldDecoder decoder, byte[] block) {
        FieldLines fields = new FieldLines();
        return decoder.decode(new ByteView(block, 0, block.length), 0, block.length, fields) ? fields.lines : null;
    }

    @Override
    public void field(@Nullable ByteView name, @Nullable ByteView value) {
        lines.add(text(name) + ": " + text(value));
    }

    @Override
    public void secret(@Nullable ByteView name, @Nullable ByteView value) {
        lines.add("secret " + text(name) + ": " + text(value));
    }

    private static String text(@Nullable ByteView view) {
        return view == null ? UNKNOWN : view.latin1(0, view.length());
    }
}
