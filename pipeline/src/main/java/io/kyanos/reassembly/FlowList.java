package io.kyanos.reassembly;

import org.jspecify.annotations.Nullable;

/** Flows by their latest packet, the longest idle one first. A flow is in one list at most. Not thread-safe. */
final class FlowList {

    private @Nullable Flow first;
    private @Nullable Flow last;
    private int size;

    int size() {
        return size;
    }

    @Nullable
    Flow first() {
        return first;
    }

    /** Puts the flow, out of whatever list it is in, behind all others. */
    void addLast(Flow flow) {
        if (flow == last) {
            return;
        }
        if (flow.list != null) {
            flow.list.remove(flow);
        }
        flow.list = this;
        flow.earlier = last;
        if (last == null) {
            first = flow;
        } else {
            last.later = flow;
        }
        last = flow;
        size++;
    }

    void remove(Flow flow) {
        if (flow.earlier == null) {
            first = flow.later;
        } else {
            flow.earlier.later = flow.later;
        }
        if (flow.later == null) {
            last = flow.earlier;
        } else {
            flow.later.earlier = flow.earlier;
        }
        flow.earlier = null;
        flow.later = null;
        flow.list = null;
        size--;
    }
}
