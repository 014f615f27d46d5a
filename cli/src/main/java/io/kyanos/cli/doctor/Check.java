package io.kyanos.cli.doctor;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * One thing that was looked at.
 *
 * @param group what it is about: {@code system}, {@code privileges}, {@code transports}, {@code process}
 * @param name unique in its group
 * @param status what it means for a capture
 * @param finding what was found, in a line
 * @param advice what to do, in a sentence; empty where there is nothing to do
 * @param facts what it rests on, in order: strings, numbers, booleans, and lists of strings
 */
public record Check(
        String group, String name, Status status, String finding, String advice, Map<String, Object> facts) {

    public Check {
        facts = Collections.unmodifiableMap(new LinkedHashMap<>(facts));
    }

    static Check ok(String group, String name, String finding, Map<String, Object> facts) {
        return new Check(group, name, Status.OK, finding, "", facts);
    }
}
