# The guards of a C source, as clang-format lays it out; found by their form, so that none has to be listed.
#
# For each one a line: FILE, LINE, FUNCTION, OFFSET, LENGTH, REPLACEMENT, TEXT, separated by tabs. Who writes
# REPLACEMENT over the LENGTH bytes at OFFSET (from 1) has deleted the guard:
#
#   if (A || B) return ...       each operand of ||, unless all that is left is out of memory: false
#   return A || B;               each operand: false
#   return A && B;               each operand: true
#   return f(..., reason);       another function decides: 0
#   case A:                      the label
#   { 0x.., 0x.. },              a row of ranges: each number further out, where no other row begins or ends
#

# Comments, literals: blanked out, byte by byte, so that offsets stay.
function blank(text,   out, c, next2, state, i, n) {
	n = length(text)
	out = ""
	state = ""
	for (i = 1; i <= n; i++) {
		c = substr(text, i, 1)
		next2 = substr(text, i, 2)
		if (state == "") {
			if (next2 == "/*" || next2 == "//") {
				state = next2
				out = out "  "
				i++
			} else if (c == "\"" || c == "'") {
				state = c
				out = out "_"
			} else
				out = out c
			continue
		}
		if (state == "/*" && next2 == "*/") {
			out = out "  "
			i++
			state = ""
		} else if (state == "//" && c == "\n") {
			out = out c
			state = ""
		} else if ((state == "\"" || state == "'") && c == "\\") {
			out = out "__"
			i++
		} else {
			out = out (c == "\n" ? c : (state == "\"" || state == "'") ? "_" : " ")
			if (c == state)
				state = ""
		}
	}
	return out
}

# Where the bracket at `at` is closed
function closing(at,   depth, c) {
	depth = 0
	for (; at <= size; at++) {
		c = substr(code, at, 1)
		if (c ~ /[({[]/)
			depth++
		else if (c ~ /[])}]/ && --depth == 0)
			return at
	}
	return size
}

# Where the first `what` outside of brackets stands from `at` to `end`; 0: nowhere
function outside(what, at, end,   c) {
	for (; at <= end; at++) {
		c = substr(code, at, 1)
		if (c ~ /[({[]/)
			at = closing(at)
		else if (substr(code, at, length(what)) == what)
			return at
	}
	return 0
}

function line_of(at,   n, i) {
	n = 1
	for (i = 1; i < lines; i++) {
		if (start_of[i + 1] > at)
			break
		n = i + 1
	}
	return n
}

# The function whose head is the last one in the first column
function function_of(line,   text) {
	for (; line > 0; line--) {
		text = row[line]
		if (text ~ /^[a-z_].*\(/) {
			sub(/\(.*/, "", text)
			sub(/.*[ *]/, "", text)
			return text
		}
	}
	return "-"
}

function emit(at, len, by, more,   text) {
	text = substr(source, at, len)
	gsub(/[ \t\n]+/, " ", text)
	sub(/^ /, "", text)
	printf "%s\t%d\t%s\t%d\t%d\t%s\t%s\n", file, line_of(at), function_of(line_of(at)), at, len, by, text more
}

# Each operand from at to end
function each_operand(what, at, end, by,   next_at) {
	while ((next_at = outside(what, at, end))) {
		trimmed(at, next_at - 1, by)
		at = next_at + 2
	}
	trimmed(at, end, by)
}

# The operands of a || in brackets of its own, such as B and C of A && (B || C)
function inner(at, end,   c, before, close_at) {
	for (before = "&"; at <= end; at++) {
		c = substr(code, at, 1)
		if (c == "(") {
			close_at = closing(at)
			if (before ~ /[&|!(]/ && outside("||", at + 1, close_at - 1))
				each_operand("||", at + 1, close_at - 1, "false")
			at = close_at
		}
		if (c !~ /[ \t\n]/)
			before = c
	}
}

function trimmed(at, end, by) {
	while (at < end && substr(code, at, 1) ~ /[ \t\n]/)
		at++
	while (end > at && substr(code, end, 1) ~ /[ \t\n]/)
		end--
	emit(at, end - at + 1, by)
	inner(at, end)
}

function is_word(at, word) {
	return substr(code, at, length(word)) == word && substr(code, at - 1, 1) !~ /[a-zA-Z0-9_]/ &&
		substr(code, at + length(word), 1) !~ /[a-zA-Z0-9_]/
}

# What an `if` leads to, up to the end of its statement or block
function consequence(at,   end) {
	while (substr(code, at, 1) ~ /[ \t\n]/)
		at++
	if (substr(code, at, 1) == "{")
		return substr(code, at, closing(at) - at + 1)
	end = outside(";", at, size)
	return substr(code, at, end - at + 1)
}

function leaves(text) {
	if (text ~ /return (-ENOMEM|NULL);/ || text ~ /return;/)
		return 0
	return text ~ /(^|[^a-zA-Z0-9_])(return|continue|break)[^a-zA-Z0-9_]/
}

function at_if(at,   open, close_at) {
	open = at + 3
	close_at = closing(open)
	if (leaves(consequence(close_at + 1)))
		each_operand("||", open + 1, close_at - 1, "false")
}

function at_return(at,   end, text) {
	at += 6
	end = outside(";", at, size) - 1
	text = substr(code, at, end - at + 1)
	if (outside("||", at, end))
		each_operand("||", at, end, "false")
	else if (outside("&&", at, end))
		each_operand("&&", at, end, "true")
	else if (text ~ /\(.*reason\)$/ && text !~ /^ (refuse|why)\(/)
		trimmed(at, end, "0")
}

function at_case(at,   end) {
	end = outside(":", at, size)
	emit(at, end - at + 1, "")
}

# The numbers of the row that begins at `at`, in n[1..]; their offsets in o[1..]
function numbers(at, n, o,   end, count) {
	end = closing(at)
	count = 0
	for (; at < end; at++) {
		if (substr(code, at, 2) != "0x")
			continue
		n[++count] = 16 * digit(substr(code, at + 2, 1)) + digit(substr(code, at + 3, 1))
		o[count] = at
		at += 3
	}
	return count
}

function digit(c) { return index("0123456789abcdef", tolower(c)) - 1 }

# Ranges: odd columns are the first of something, even ones the last; of the first range the neighbour, of the
# others nothing at all is in the way. 0x00 is the end of the scale.
function at_row(at,   n, o, count, i, wider) {
	count = numbers(at, n, o)
	for (i = 1; i <= count; i++) {
		wider = i > 2 ? (i % 2 ? 0 : 255) : n[i] + (i % 2 ? -1 : 1)
		if (n[i] == 0 || (i == 1 && wider in lasts) || (i == 2 && wider in firsts))
			continue
		emit(o[i], 4, sprintf("0x%02x", wider), sprintf(": 0x%02x", wider))
	}
}

function read_rows(   i, count, n, o) {
	for (i = 1; i <= lines; i++) {
		if (row[i] !~ /^[ \t]*\{ 0x/)
			continue
		count = numbers(start_of[i] + index(row[i], "{") - 1, n, o)
		firsts[n[1]] = 1
		lasts[n[2]] = 1
	}
}

function list(   at, c) {
	code = blank(source)
	size = length(source)
	read_rows()
	for (at = 1; at <= size; at++) {
		c = substr(code, at, 1)
		if (c == "i" && is_word(at, "if"))
			at_if(at)
		else if (c == "r" && is_word(at, "return"))
			at_return(at)
		else if (c == "c" && is_word(at, "case"))
			at_case(at)
		else if (c == "{" && substr(code, at, 4) == "{ 0x")
			at_row(at)
	}
}

{
	row[FNR] = $0
	start_of[FNR] = length(source) + 1
	source = source $0 "\n"
	lines = FNR
	file = FILENAME
}
END { list() }
