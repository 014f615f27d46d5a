package io.kyanos.actor;

import io.kyanos.capture.CaptureFilters;
import io.kyanos.protocol.Detail;
import java.util.Set;

/**
 * What somebody wants captured.
 *
 * @param protocols names of the protocols that become records; empty for all that the settings name
 */
public record CaptureRequest(CaptureFilters filters, Set<String> protocols, Detail detail) {

    public CaptureRequest {
        protocols = Set.copyOf(protocols);
    }
}
