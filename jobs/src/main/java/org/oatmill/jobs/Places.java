package org.oatmill.jobs;

import com.typesafe.config.ConfigOrigin;
import com.typesafe.config.ConfigUtil;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.oatmill.core.Nearest;

/**
 * Where the keys of a run file stand, and in what order. The HOCON parser forgets the order of
 * keys, merges equal ones without a word, miscounts lines after a string of several, and knows none
 * for what came from the environment; so the text is read a second time, for its keys alone.
 */
final class Places {

    /** How a value of {@code --set} names its origin. */
    static final String SET = "--set";

    /** A key's path and whether a block follows it. */
    private record Key(List<String> path, String place, boolean block) {}

    private final List<Key> keys = new ArrayList<>();
    private final Map<String, String> unclosed = new LinkedHashMap<>();
    private final Map<String, String> includes = new LinkedHashMap<>();

    /** Reads the keys of a file. A text that is no HOCON is read as far as it goes: the parser says what is wrong. */
    void read(String file, String text) {
        new Reader(file, text).body(List.of(), 0);
    }

    /**
     * {@code file:line}, as compilers write it, of a value at a path. The line is that of the key here, where there is
     * one: after a string of several lines the parser's own numbers are too small.
     */
    String of(ConfigOrigin origin, List<String> path) {
        String file = origin.filename();
        boolean set = origin.description().startsWith(SET);
        Optional<String> place = keys.stream()
                .filter(key -> !set && key.path.equals(path) && (file == null || key.place.startsWith(file + ":")))
                .map(Key::place)
                .reduce((first, last) -> last);
        String otherwise = file != null && origin.lineNumber() > 0
                ? file + ":" + origin.lineNumber()
                : set ? SET : origin.description();
        return place.orElse(otherwise);
    }

    /** The names of the keys directly below a path, in the order in which they were first written. */
    Set<String> below(String parent) {
        Set<String> names = new LinkedHashSet<>();
        for (Key key : keys) {
            if (key.path.size() > 1 && key.path.get(0).equals(parent)) {
                names.add(key.path.get(1));
            }
        }
        return names;
    }

    /** The places where a block is opened for this path in one file, if that is done more than once. */
    List<String> blocks(List<String> path) {
        Map<String, List<String>> byFile = new LinkedHashMap<>();
        for (Key key : keys) {
            if (key.block && key.path.equals(path)) {
                String file = key.place.substring(0, key.place.lastIndexOf(':'));
                byFile.computeIfAbsent(file, f -> new ArrayList<>()).add(key.place);
            }
        }
        return byFile.values().stream()
                .filter(places -> places.size() > 1)
                .findFirst()
                .orElse(List.of());
    }

    /** The place of the brace or bracket that a file never closes. */
    Optional<String> unclosed(String file) {
        return Optional.ofNullable(unclosed.get(file));
    }

    /** The place of the line that includes a file under this name. */
    Optional<String> include(String what) {
        return Optional.ofNullable(includes.get(what));
    }

    /** The key that a substitution probably meant, as {@link Nearest#hint} says it: people misspell the last word, or forget those before. */
    String hint(String dotted) {
        Map<String, String> byLast = new LinkedHashMap<>();
        keys.stream()
                .filter(key -> !key.block)
                .forEach(key -> byLast.putIfAbsent(key.path.get(key.path.size() - 1), dotted(key.path)));
        return Nearest.to(dotted.substring(dotted.lastIndexOf('.') + 1), byLast.keySet())
                .map(last -> ", did you mean ${" + byLast.get(last) + "}?")
                .orElse("");
    }

    /** Keys joined by dots, a list's positions in brackets: {@code stages.documents.splits[1]}. */
    static String dotted(List<String> path) {
        StringBuilder out = new StringBuilder();
        for (String key : path) {
            boolean position = key.startsWith("[");
            out.append(out.isEmpty() || position ? "" : ".")
                    .append(position || key.matches("[A-Za-z0-9_-]+") ? key : ConfigUtil.quoteString(key));
        }
        return out.toString();
    }

    /** Walks one text; knows just enough of HOCON to find keys: strings, comments, substitutions, braces. */
    private final class Reader {
        private final String file;
        private final String text;
        private int at;
        private int line = 1;

        Reader(String file, String text) {
            this.file = file;
            this.text = text;
        }

        /** The fields of an object, up to its closing brace; {@code opened} is the line of its brace, 0 for the file itself. */
        void body(List<String> parent, int opened) {
            while (true) {
                skipBetweenFields();
                if (at >= text.length()) {
                    if (opened > 0) {
                        unclosed.putIfAbsent(file, file + ":" + opened);
                    }
                    return;
                }
                if (text.charAt(at) == '}') {
                    at++;
                    if (opened > 0) {
                        return;
                    }
                } else if (text.charAt(at) == '{') {
                    at++; // the file's own braces, as in JSON
                    body(parent, line);
                } else {
                    field(parent);
                }
            }
        }

        private void field(List<String> parent) {
            int start = line;
            int from = at;
            List<String> path = new ArrayList<>(parent);
            StringBuilder word = new StringBuilder();
            boolean include = false;
            while (at < text.length() && "=:{}\n+,[]".indexOf(text.charAt(at)) < 0) {
                char c = text.charAt(at);
                if (c == '"') {
                    String quoted = string();
                    include |= word.toString().strip().startsWith("include");
                    if (include) {
                        includes.put(quoted, file + ":" + start);
                    }
                    word.append(quoted);
                } else if (c == '.') {
                    path.add(word.toString().strip());
                    word.setLength(0);
                    at++;
                } else if (isComment()) {
                    skipLine();
                } else {
                    word.append(c);
                    at++;
                }
            }
            path.add(word.toString().strip());
            while (at < text.length() && (text.charAt(at) == '+' || isBlank(text.charAt(at)))) {
                step();
            }
            boolean assigned = at < text.length() && (text.charAt(at) == '=' || text.charAt(at) == ':');
            if (assigned) {
                at++;
                while (at < text.length() && isBlank(text.charAt(at))) {
                    step();
                }
            }
            boolean block = at < text.length() && text.charAt(at) == '{';
            if (!include && (assigned || block)) {
                keys.add(new Key(List.copyOf(path), file + ":" + start, block));
            }
            value(path);
            if (at == from) {
                at++; // nothing here was a field; the parser will say so
            }
        }

        /** Everything up to the end of the field; blocks in it are read, lists are skipped. */
        private void value(List<String> path) {
            while (at < text.length()) {
                char c = text.charAt(at);
                if (c == '\n' || c == ',' || c == '}' || c == ']' || isComment()) {
                    return;
                } else if (c == '{') {
                    int opened = line;
                    at++;
                    body(path, opened);
                } else {
                    skipPart();
                }
            }
        }

        private void skipPart() {
            char c = text.charAt(at);
            if (c == '"') {
                string();
            } else if (text.startsWith("${", at)) {
                int end = text.indexOf('}', at);
                at = end < 0 ? text.length() : end + 1;
            } else if (c == '[') {
                int opened = line;
                at++;
                skipList(opened);
            } else {
                step();
            }
        }

        /** A list and the objects in it, whose keys have no path. */
        private void skipList(int opened) {
            int braces = 0;
            while (at < text.length()) {
                char c = text.charAt(at);
                if (c == ']' && braces == 0) {
                    at++;
                    return;
                }
                braces += c == '{' ? 1 : c == '}' ? -1 : 0;
                if (isComment()) {
                    skipLine();
                } else if (c == '{' || c == '}' || c == ']') {
                    at++;
                } else {
                    skipPart();
                }
            }
            unclosed.putIfAbsent(file, file + ":" + opened);
        }

        /** A quoted string, from its first quote; escapes are left as they are. */
        private String string() {
            int from;
            int end;
            if (text.startsWith("\"\"\"", at)) {
                from = at + 3;
                end = text.indexOf("\"\"\"", from);
                end = end < 0 ? text.length() : end;
                at = Math.min(text.length(), end + 3);
                line += (int)
                        text.substring(from, end).chars().filter(c -> c == '\n').count();
            } else {
                from = at + 1;
                end = from;
                while (end < text.length() && text.charAt(end) != '"' && text.charAt(end) != '\n') {
                    end += text.charAt(end) == '\\' ? 2 : 1;
                }
                end = Math.min(end, text.length());
                at = end < text.length() && text.charAt(end) == '"' ? end + 1 : end;
            }
            return text.substring(from, end);
        }

        private void skipBetweenFields() {
            while (at < text.length()) {
                char c = text.charAt(at);
                if (isComment()) {
                    skipLine();
                } else if (isBlank(c) || c == '\n' || c == ',') {
                    step();
                } else {
                    return;
                }
            }
        }

        private boolean isComment() {
            return text.charAt(at) == '#' || text.startsWith("//", at);
        }

        private void skipLine() {
            int end = text.indexOf('\n', at);
            at = end < 0 ? text.length() : end;
        }

        private void step() {
            if (text.charAt(at) == '\n') {
                line++;
            }
            at++;
        }

        private static boolean isBlank(char c) {
            return c != '\n' && (Character.isWhitespace(c) || c == '\uFEFF');
        }
    }
}
