package io.kyanos.packet;

import java.io.IOException;

/** A format of captures, standing somewhere in one. */
sealed interface FrameFormat permits PcapFormat, PcapngFormat {

    /** Whether there is another frame, on which {@code into} stands then. */
    boolean next(CapturedFrame into) throws IOException;
}
