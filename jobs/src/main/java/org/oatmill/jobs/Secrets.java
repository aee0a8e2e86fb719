package org.oatmill.jobs;

import com.typesafe.config.ConfigList;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueType;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import org.oatmill.core.UserException;

/**
 * Keeps secrets out of run files. A run file names where a secret lies ({@code env:NAME}, {@code
 * file:PATH} or {@code credential:ALIAS} of a Hadoop credential provider); what looks like the
 * secret itself is refused, and never repeated in the message.
 */
final class Secrets {
    private Secrets() {}

    /** What stands in place of a secret wherever a configuration is printed. */
    static final String REDACTED = "<redacted>";

    private static final Pattern REFERENCE = Pattern.compile("(env|file|credential):.+");

    /** Literals that are secrets whatever their key is called: the prefixes of well-known issuers, keys in PEM, passwords in URLs. */
    private static final Pattern ANYWHERE = Pattern.compile("\\bsk-[A-Za-z0-9_-]{16,}|\\bgh[pousr]_[A-Za-z0-9]{20,}"
            + "|\\bhf_[A-Za-z0-9]{20,}|\\bAKIA[0-9A-Z]{16}\\b|\\bxox[abprs]-[A-Za-z0-9-]{10,}|\\bAIza[A-Za-z0-9_-]{30,}"
            + "|\\beyJ[A-Za-z0-9_-]{10,}\\.[A-Za-z0-9_-]{10,}|-----BEGIN [A-Z ]*PRIVATE KEY|\\bBearer +\\S{8,}"
            + "|://[^/\\s:@]+:[^/\\s@]+@");

    /** Keys whose literal value is always a secret, by their last words. */
    private static final Pattern SECRET_KEY =
            Pattern.compile("(^|.*_)(secret|password|passwd|passphrase|credentials?|(api|access|private|secret)_key)");

    /** Keys that may hold a secret: a column's name is fine, forty random characters are not. */
    private static final Pattern PERHAPS_KEY = Pattern.compile("(^|.*_)(key|token|auth|authorization)");

    private static final Pattern RANDOM_LOOKING = Pattern.compile("(?=.*[0-9])(?=.*[A-Za-z])[A-Za-z0-9+/_=.-]{20,}");

    /** Refuses a tree that holds a literal secret. */
    static void refuse(ConfigObject root, Places places) {
        refuse(root, new ArrayList<>(), places);
    }

    private static void refuse(ConfigValue value, List<String> path, Places places) {
        if (value instanceof ConfigObject object) {
            object.forEach((key, child) -> {
                path.add(key);
                refuse(child, path, places);
                path.remove(path.size() - 1);
            });
        } else if (value instanceof ConfigList list) {
            list.forEach(child -> refuse(child, path, places));
        } else if (value.valueType() == ConfigValueType.STRING
                && !path.isEmpty()
                && isSecret(path.get(path.size() - 1), (String) value.unwrapped())) {
            throw new UserException("Cannot read " + places.of(value.origin(), path) + ": " + Places.dotted(path)
                    + " holds what looks like a secret, expected a reference to it; write env:NAME, file:PATH or"
                    + " credential:ALIAS, and revoke the secret if others could read this file");
        }
    }

    private static boolean isSecret(String key, String value) {
        String name = key.toLowerCase(Locale.ROOT).replace('-', '_');
        if (value.isEmpty() || REFERENCE.matcher(value).matches()) {
            return false;
        }
        return ANYWHERE.matcher(value).find()
                || SECRET_KEY.matcher(name).matches()
                || PERHAPS_KEY.matcher(name).matches()
                        && RANDOM_LOOKING.matcher(value).matches();
    }

    /** The value as it may be printed. */
    static String redact(String key, String value) {
        return isSecret(key, value) ? REDACTED : redact(value);
    }

    /** A text without the secrets that can be told by their looks. */
    static String redact(String text) {
        return ANYWHERE.matcher(text).replaceAll(REDACTED);
    }
}
