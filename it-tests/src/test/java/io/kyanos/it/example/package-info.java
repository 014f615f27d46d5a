/**
 * A service as others may write it: an actor system and a web server of its own, with a capture inside. Knows nothing of the
 * command line and of the tests. Start with {@link io.kyanos.it.example.ObservingService}.
 */
@NullMarked
package io.kyanos.it.example;

import org.jspecify.annotations.NullMarked;
