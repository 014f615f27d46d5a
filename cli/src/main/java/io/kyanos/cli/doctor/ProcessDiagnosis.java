package io.kyanos.cli.doctor;

import java.util.List;

/**
 * Whether a process is seen, and why.
 *
 * @param pid as this machine's /proc numbers it
 * @param name what records call the process; empty where there is none
 * @param seen what becomes of its traffic: all, some, or none of it
 * @param summary the same as a sentence's end
 * @param checks what it rests on
 */
public record ProcessDiagnosis(int pid, String name, Status seen, String summary, List<Check> checks) {

    public ProcessDiagnosis {
        checks = List.copyOf(checks);
    }
}
