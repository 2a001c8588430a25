# Run by the build with -P: reads the declarations in public headers and writes them as a C++ table.
#   cmake -DINCLUDE=<include/attune> -DOUTPUT=<file.cpp> -P declared.cmake
# A comment belongs to the declarations below it up to the next blank line; one at the end of a line
# to that line. What is kept of it is the first sentence, over however many lines it runs.

cmake_minimum_required(VERSION 3.25)

function(quoted text result)
  string(REPLACE "\\" "\\\\" text "${text}")
  string(REPLACE "\"" "\\\"" text "${text}")
  set(${result} "\"${text}\"" PARENT_SCOPE)
endfunction()

# The rows of every declaration in FOLDER whose line matches PATTERN, the name being its group 2.
function(rows_of folder pattern result)
  set(rows "")
  set(seen "")
  file(GLOB headers ${INCLUDE}/${folder}/*.hpp)
  list(SORT headers)
  foreach(header IN LISTS headers)
    cmake_path(GET header STEM family)
    file(READ ${header} text)
    # Lists of CMake know neither ";" nor unpaired brackets.
    string(REPLACE ";" "@semicolon@" text "${text}")
    string(REPLACE "[" "@open@" text "${text}")
    string(REPLACE "]" "@close@" text "${text}")
    string(REPLACE "\n" ";" lines "${text}")
    set(comment "")
    set(in_comment FALSE)
    foreach(line IN LISTS lines)
      if(line MATCHES "^// --")
        set(comment "")
        continue()
      endif()
      if(line MATCHES "^ *// ?(.*)$")
        set(words "${CMAKE_MATCH_1}")
        if(NOT in_comment)
          set(comment "${words}")
          set(in_comment TRUE)
        elseif(NOT comment MATCHES "[.:]$" AND NOT words MATCHES "^(  |$)")
          string(APPEND comment " ${words}")
        endif()
        string(REGEX REPLACE "([a-z)0-9@|`'])[.] .*$" "\\1." comment "${comment}")
        continue()
      endif()
      set(in_comment FALSE)
      if(line STREQUAL "")
        set(comment "")
      elseif(line MATCHES "${pattern}")
        set(name ${CMAKE_MATCH_2})
        if(NOT name IN_LIST seen)
          list(APPEND seen ${name})
          set(summary "${comment}")
          if(line MATCHES "@semicolon@ *// ?(.*)$")
            set(summary "${CMAKE_MATCH_1}")
          endif()
          string(REPLACE "@semicolon@" ";" summary "${summary}")
          string(REPLACE "@open@" "[" summary "${summary}")
          string(REPLACE "@close@" "]" summary "${summary}")
          string(REGEX REPLACE ",? where$" "." summary "${summary}")  # what follows is a formula
          quoted("${summary}" summary)
          string(APPEND rows "    {\"${name}\", \"${family}\", ${summary}},\n")
        endif()
      endif()
    endforeach()
  endforeach()
  set(${result} "${rows}" PARENT_SCOPE)
endfunction()

rows_of(ops "^(ATTUNE_API|inline) Tensor ([a-z][a-z0-9_]*)\\(" operations)
rows_of(nn "^struct (ATTUNE_API )?([A-Z][A-Za-z0-9]*) {" layers)

file(WRITE ${OUTPUT} "// Written by cmake/declared.cmake from the public headers.
#include \"tools/declared.hpp\"

namespace attune::tools {

std::span<const Declared> declared_operations() {
  static constexpr Declared rows[] = {
${operations}  };
  return rows;
}

std::span<const Declared> declared_layers() {
  static constexpr Declared rows[] = {
${layers}  };
  return rows;
}

}  // namespace attune::tools
")
