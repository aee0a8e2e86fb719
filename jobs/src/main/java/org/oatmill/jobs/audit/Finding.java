package org.oatmill.jobs.audit;

import java.util.List;

/**
 * Something about a row that somebody should look at.
 *
 * @param kind what seems wrong
 * @param row which row
 * @param score from 0 to 1; high is suspicious. Compares rows of one kind
 * @param suggestedLabel the class it seems to be of; empty where it is not the label that is doubted
 * @param reason in words, with the figures
 * @param evidence rows to hold beside it
 */
public record Finding(
        Kind kind, AuditedRow row, double score, String suggestedLabel, String reason, List<AuditedRow> evidence) {

    public Finding {
        evidence = List.copyOf(evidence);
    }

    Finding and(String more) {
        return new Finding(kind, row, score, suggestedLabel, reason + more, evidence);
    }
}
