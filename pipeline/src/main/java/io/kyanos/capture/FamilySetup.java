package io.kyanos.capture;

import java.util.function.Function;
import java.util.function.IntSupplier;

/**
 * What a family is set up by before it is loaded.
 *
 * @param ownTgid the process id of this process, as the kernel's first pid namespace numbers it; asked once the
 *     families before are loaded
 * @param loaded the families before, by name
 */
record FamilySetup(
        CaptureSettings settings,
        EventTransport transport,
        IntSupplier ownTgid,
        Function<String, LoadedFamily> loaded) {}
