# What Doxygen sees of a header: awk -f filter.awk HEADER. Lines keep their numbers.
#
#  - Specialisations that stand outside their namespace, and full ones, are left out: they are no names.
#  - An overload that differs by `error_code& ec`, and follows the one that throws without a comment of
#    its own, gets one.
#  - `requires trait<T>::value` gets parentheses.

# Prints a declaration, or the beginning of one that has a body.
function flush_declaration(i) {
  if (has_ec && !is_documented) {
    sub(/^ */, "&/** As above; reports the error in `ec` instead of throwing it. */ ", lines[1])
  }
  for (i = 1; i <= count; ++i) print is_specialisation ? "" : lines[i]
  is_left_out = is_specialisation && lines[count] !~ /;$/
  count = has_ec = is_specialisation = 0
}

is_left_out {
  if (/^};$/) is_left_out = 0
  print ""
  next
}

# Older versions take the end of such a constraint for the type of the function.
/^ *requires [a-z_:]+<[^ ]*>::value$/ { sub(/requires .*/, "&)"); sub(/requires /, "requires (") }

# A declaration begins at the indentation of members, or of a namespace, and ends with its body or `;`.
count == 0 && /^(  )?[a-zA-Z]/ && !/^ *(public|private|protected):|^ *(namespace|class|struct|using|enum|if|return) / {
  is_documented = was_comment
  is_declaration = 1
}
{ was_comment = /^ *\/\/\// }
is_declaration {
  lines[++count] = $0
  if (/error_code& ec\)/) has_ec = 1
  if (/^(struct|class) [a-z]+::/ || /^template <>$/) is_specialisation = 1
  if (/[{};]$/) {
    is_declaration = 0
    flush_declaration()
  }
  next
}
{ print }
END { flush_declaration() }
