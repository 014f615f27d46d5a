package io.kyanos.capture;

import java.util.List;

/**
 * Something that a capture sees in the kernel, by one of the hooks that would do.
 *
 * @param name as in metrics and settings
 * @param family the object that holds the programs
 * @param isEssential whether nothing can be captured without it
 * @param lost what a capture does not see without it; completes the sentence "lost: ..."
 * @param hooks in order of preference: the first that the kernel takes is used
 */
public record CaptureStep(String name, String family, boolean isEssential, String lost, List<Hook> hooks) {

    public CaptureStep {
        hooks = List.copyOf(hooks);
        if (hooks.isEmpty()) {
            throw new IllegalArgumentException("step " + name + ": no hook (expected: one or more)");
        }
    }

    static CaptureStep essential(String name, String family, String lost, Hook... hooks) {
        return new CaptureStep(name, family, true, lost, List.of(hooks));
    }

    static CaptureStep dispensable(String name, String family, String lost, Hook... hooks) {
        return new CaptureStep(name, family, false, lost, List.of(hooks));
    }
}
