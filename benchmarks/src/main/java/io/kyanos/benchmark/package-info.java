/**
 * Runs the benchmarks and prints their figures side by side. The benchmarks themselves are in the packages of what they
 * measure, whose classes are not public. Start with {@link io.kyanos.benchmark.BenchmarkTable}.
 */
@NullMarked
package io.kyanos.benchmark;

import org.jspecify.annotations.NullMarked;
