package io.kyanos.record;

import java.util.List;

/**
 * What a message says beside its labels and sizes, as far as its conversation's detail asked for it. Immutable.
 *
 * @param resource see {@link Message#resource}
 * @param attributes see {@link Message#attributes}; given away
 * @param text see {@link Message#text}
 */
public record Details(String resource, List<Value> attributes, String text) {

    /** What the message says of one attribute. */
    public record Value(Attribute of, String text) {}

    /** Of a conversation that asked for nothing. */
    public static final Details NONE = new Details("", List.of(), "");

    /** Adds what it is told, in order. */
    public static Message.AttributeVisitor into(List<Value> attributes) {
        return (attribute, value) -> attributes.add(new Value(attribute, value));
    }
}
