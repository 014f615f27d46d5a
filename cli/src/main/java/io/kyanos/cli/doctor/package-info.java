/**
 * Finds out whether capture can work on this machine, why not, and what would be lost; of a process, why it is or is not
 * seen. The verdict is what the kernel made of a trial; all else explains it. Start with
 * {@link io.kyanos.cli.doctor.Doctor}.
 */
@NullMarked
package io.kyanos.cli.doctor;

import org.jspecify.annotations.NullMarked;
