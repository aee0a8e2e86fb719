package org.oatmill.jobs.sources;

import java.io.Serializable;
import org.jspecify.annotations.Nullable;

/**
 * Where the records of a text file end: an automaton over its bytes, in state {@link #START}
 * exactly where a record begins. Because it has few states, any piece of a file can be read for
 * every state it might be entered in; composing the pieces in order then says in which one it was,
 * and how many records came before. So a file is cut anywhere, and every record keeps the number
 * that reading from the top gives it, even where quoted fields hold line feeds.
 *
 * <p>The idea is that of data-parallel finite-state machines (Mytkowicz, Musuvathi and Schulte,
 * ASPLOS 2014). A record ends with a line feed; a carriage return before it belongs to the line end.
 */
final class Framing implements Serializable {
    private static final long serialVersionUID = 1L;

    static final int START = 0;
    private static final int FIELD = 1;
    private static final int UNQUOTED = 2;
    private static final int QUOTED = 3;
    private static final int ESCAPED = 4;
    private static final int CLOSED = 5;

    private static final int OTHER = 0;
    private static final int LINE_FEED = 1;
    private static final int DELIMITER = 2;
    private static final int QUOTE = 3;
    private static final int ESCAPE = 4;

    private final byte[] kinds = new byte[256];
    private final int[][] next;

    private Framing(int[][] next) {
        this.next = next;
        kinds['\n'] = LINE_FEED;
    }

    /** A record is a line. */
    static Framing lines() {
        return new Framing(new int[][] {{UNQUOTED, START}, {UNQUOTED, START}, {UNQUOTED, START}});
    }

    /**
     * A record is a line, but for line feeds in quotes, as in RFC 4180. A quote opens a field only as
     * its first character; elsewhere outside quotes it is a character like others.
     *
     * @param delimiter between fields
     * @param quote around fields, or null
     * @param escape takes the meaning from what follows it in quotes; may be the quote itself
     */
    static Framing delimited(char delimiter, @Nullable Character quote, @Nullable Character escape) {
        boolean doubled = quote != null && quote.equals(escape);
        int[][] next = {
            // OTHER, LINE_FEED, DELIMITER, QUOTE, ESCAPE
            {UNQUOTED, START, FIELD, QUOTED, UNQUOTED}, // START
            {UNQUOTED, START, FIELD, QUOTED, UNQUOTED}, // FIELD
            {UNQUOTED, START, FIELD, UNQUOTED, UNQUOTED}, // UNQUOTED
            {QUOTED, QUOTED, QUOTED, CLOSED, ESCAPED}, // QUOTED
            {QUOTED, QUOTED, QUOTED, QUOTED, QUOTED}, // ESCAPED
            {UNQUOTED, START, FIELD, doubled ? QUOTED : UNQUOTED, UNQUOTED}, // CLOSED
        };
        Framing framing = new Framing(next);
        if (escape != null && quote != null) {
            framing.kinds[escape] = ESCAPE;
        }
        framing.kinds[delimiter] = DELIMITER;
        if (quote != null) {
            framing.kinds[quote] = QUOTE;
        }
        return framing;
    }

    int states() {
        return next.length;
    }

    int next(int state, byte b) {
        return next[state][kinds[b & 0xff]];
    }

    /** Whether a record that ends in this state has an open quote. */
    static boolean isOpen(int state) {
        return state == QUOTED || state == ESCAPED;
    }

    /** Whether the next character is the first of a field. */
    static boolean isFieldStart(int state) {
        return state == FIELD || state == START;
    }

    /** Whether the character just read closes a quote, as far as is known yet. */
    static boolean isClosing(int before, int state) {
        return before == QUOTED && state == CLOSED;
    }

    /** Whether the character just read takes the meaning from the next. */
    static boolean isEscaping(int state) {
        return state == ESCAPED;
    }
}
