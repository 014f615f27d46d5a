/**
 * libbpf for Java: opens BPF objects, sets their constants, loads and attaches them, and reads their maps, rings and
 * iterators. Knows no event, no protocol and no actor; wrong use is an exception, never a fault of the JVM. Start with
 * {@link io.kyanos.bridge.BpfObject}, then {@link io.kyanos.bridge.RingReader}.
 */
@NullMarked
package io.kyanos.bridge;

import org.jspecify.annotations.NullMarked;
