/**
 * The built commands on the running kernel, with real servers and clients. Nothing here looks inside the product: a
 * test sees what an operator sees. Start with {@link io.kyanos.it.KyanosProcess}.
 */
@NullMarked
package io.kyanos.it;

import org.jspecify.annotations.NullMarked;
