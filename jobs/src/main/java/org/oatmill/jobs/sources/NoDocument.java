package org.oatmill.jobs.sources;

/** Why a record is no document: a short phrase that is equal for all records of one trouble, so that they can be counted. */
final class NoDocument extends Exception {
    private static final long serialVersionUID = 1L;

    private final String reason;

    NoDocument(String reason) {
        super(reason, null, false, false); // thrown by the million, and nobody reads its stack
        this.reason = reason;
    }

    String reason() {
        return reason;
    }
}
