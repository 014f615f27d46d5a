package io.kyanos.bridge;

/**
 * A program as its object declares it.
 *
 * @param name the C function's name
 * @param section the ELF section, which names the hook: {@code tp_btf/sched_process_exec}
 * @param autoload whether {@link BpfObject#load()} will load (or has loaded) it
 */
public record ProgramDescription(String name, String section, boolean autoload) {}
