package io.kyanos.protocol.web;

import it.unimi.dsi.fastutil.ints.Int2IntOpenHashMap;
import it.unimi.dsi.fastutil.ints.IntOpenHashSet;

/** The words of paths that one server has answered for, and how many of them each place holds. Immutable. */
final class ServerWords {

    static final ServerWords NONE = new ServerWords(new IntOpenHashSet(0), new Int2IntOpenHashMap(0));

    private final IntOpenHashSet words;
    private final Int2IntOpenHashMap atPlaces;

    private ServerWords(IntOpenHashSet words, Int2IntOpenHashMap atPlaces) {
        this.words = words;
        this.atPlaces = atPlaces;
    }

    boolean hold(RouteNode word) {
        return words.contains(word.number());
    }

    /** How many words the server has at this place. */
    int at(RouteNode place) {
        return atPlaces.get(place.number());
    }

    int size() {
        return words.size();
    }

    ServerWords with(RouteNode place, RouteNode word) {
        IntOpenHashSet more = new IntOpenHashSet(words);
        more.add(word.number());
        Int2IntOpenHashMap counts = new Int2IntOpenHashMap(atPlaces);
        counts.addTo(place.number(), 1);
        return new ServerWords(more, counts);
    }
}
