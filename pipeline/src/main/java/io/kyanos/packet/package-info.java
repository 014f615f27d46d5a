/**
 * Packet captures, from the bytes of a file to the segments of TCP and the datagrams of UDP: file formats, link layers,
 * IP, tunnels. Knows no connection, no protocol, and nothing of the kernel side. Start with
 * {@link io.kyanos.packet.CaptureFile} and {@link io.kyanos.packet.PacketDecoder}.
 */
@NullMarked
package io.kyanos.packet;

import org.jspecify.annotations.NullMarked;
