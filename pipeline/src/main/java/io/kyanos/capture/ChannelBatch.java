package io.kyanos.capture;

import io.kyanos.event.Channel;
import io.kyanos.event.EventBatch;

/**
 * What one poll brought from one channel: framed records in {@code [start, end)} of the round's slab. All channels get
 * one for every round, empty or not, so that rounds can be put together again.
 */
record ChannelBatch(Channel channel, EventBatch round, int start, int end) {}
