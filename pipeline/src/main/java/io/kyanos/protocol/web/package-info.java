/**
 * What all versions of HTTP have in common: methods, status codes, routes of paths, fields that name traces, and what must not be
 * shown. No framing. Start with {@link io.kyanos.protocol.web.RouteTemplates}.
 */
@NullMarked
package io.kyanos.protocol.web;

import org.jspecify.annotations.NullMarked;
