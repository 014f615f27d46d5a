package io.kyanos.capture;

import io.kyanos.bridge.ProgramResult;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Programs for a kernel that refuses what it is told to refuse. */
final class FakePrograms implements Programs {

    private final Map<String, ProgramResult> refusals = new LinkedHashMap<>();
    private final List<String> attached = new ArrayList<>();
    private final List<String> notLoaded = new ArrayList<>();

    FakePrograms refusesToLoad(String program) {
        refusals.put(
                program,
                new ProgramResult(
                        program, ProgramResult.Stage.LOAD, 22, "EINVAL: Invalid argument", "the verifier's words"));
        return this;
    }

    FakePrograms refusesToAttach(String program) {
        refusals.put(
                program,
                new ProgramResult(program, ProgramResult.Stage.ATTACH, 2, "ENOENT: No such file or directory", ""));
        return this;
    }

    /** In the order in which they were attached. */
    List<String> attached() {
        return attached;
    }

    List<String> notLoaded() {
        return notLoaded;
    }

    @Override
    public void setAutoload(String program, boolean autoload) {
        if (!autoload) {
            notLoaded.add(program);
        }
    }

    @Override
    public List<ProgramResult> load() {
        return refusals.values().stream()
                .filter(result -> result.stage() == ProgramResult.Stage.LOAD)
                .toList();
    }

    @Override
    public ProgramResult attach(String program) {
        ProgramResult refusal = refusals.get(program);
        if (refusal != null) {
            return refusal;
        }
        attached.add(program);
        return new ProgramResult(program, ProgramResult.Stage.ATTACH, 0, "", "");
    }

    @Override
    public void detach(String program) {
        attached.remove(program);
    }
}
