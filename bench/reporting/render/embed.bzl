"""Text files as string constants of a C++ header."""

def embedded_texts(name, srcs, out, namespace, **kwargs):
    """Makes a header with one std::string_view for each file: style.css is called style_css.

    Args:
      name: its name.
      srcs: the files. None may contain `)embedded"`.
      out: the header.
      namespace: the namespace of the constants.
      **kwargs: what else the genrule has.
    """
    native.genrule(
        name = name,
        srcs = srcs,
        outs = [out],
        cmd = """
          {
            echo '#pragma once'
            echo '#include <string_view>'
            echo 'namespace %s {'
            for file in $(SRCS); do
              printf 'inline constexpr std::string_view %%s = R"embedded(' "$$(basename "$$file" | tr . _)"
              cat "$$file"
              echo ')embedded";'
            done
            echo '}  // namespace %s'
          } >"$@"
        """ % (namespace, namespace),
        **kwargs
    )
