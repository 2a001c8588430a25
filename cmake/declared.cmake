# Run by the build with -P: reads the declarations in public headers and writes them as a C++ table.
#   cmake -DINCLUDE=<include/attune> -DOUTPUT=<file.cpp> -P declared.cmake
# A comment belongs to the declarations below it up to the next blank line; one at the end of a line
# to that line; one above a struct to that struct alone. What is kept of it is the first sentence, over however
# many lines it runs. Without a comment there is the heading of the section, "// --- roots", or else the opening;
# of an inline function or a struct without a comment right above, what it returns. Namespaces named internal are left out.

cmake_minimum_required(VERSION 3.25)

function(quoted text result)
  string(REPLACE "\\" "\\\\" text "${text}")
  string(REPLACE "\"" "\\\"" text "${text}")
  set(${result} "\"${text}\"" PARENT_SCOPE)
endfunction()

# The rows of every declaration in HEADERS (patterns of paths) whose line matches PATTERN, the name being its group
# 2. The first declaration of a name counts.
function(rows_of headers pattern result)
  set(rows "")
  set(seen "")
  list(TRANSFORM headers PREPEND ${INCLUDE}/)
  file(GLOB headers ${headers})
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
    set(heading "")
    set(opening "")
    set(first TRUE)
    set(in_comment FALSE)
    set(internal FALSE)
    set(waiting "")  # for the line that says what it returns
    foreach(line IN LISTS lines)
      if(line MATCHES "^namespace internal {")
        set(internal TRUE)
      elseif(line MATCHES "^}  // namespace internal")
        set(internal FALSE)
      endif()
      if(internal)
        continue()
      endif()
      if(line MATCHES "^// --+ *([^-].*)?$")
        string(REGEX REPLACE " +-+$" "" heading "${CMAKE_MATCH_1}")
        set(comment "")
        continue()
      endif()
      if(line MATCHES "^ *// ?(.*)$")
        set(words "${CMAKE_MATCH_1}")
        if(NOT in_comment)
          set(comment "${words}")
          set(in_comment TRUE)
          set(opens ${first})
          set(first FALSE)
        elseif(NOT comment MATCHES "[.:]$" AND NOT words MATCHES "^(  |$)")
          string(APPEND comment " ${words}")
        endif()
        string(REGEX REPLACE "([a-z)0-9@|`'])[.] .*$" "\\1." comment "${comment}")
        if(opens)
          set(opening "${comment}")
        endif()
        continue()
      endif()
      set(commented ${in_comment})
      set(in_comment FALSE)
      if(line STREQUAL "#pragma once")
        set(heading "${opening}")
      endif()
      if(line STREQUAL "")
        set(comment "")
      elseif(line MATCHES "${pattern}")
        set(name ${CMAKE_MATCH_2})
        if(NOT name IN_LIST seen)
          list(APPEND seen ${name})
          set(summary "${comment}")
          if(summary STREQUAL "")
            set(summary "${heading}")
          endif()
          if(line MATCHES "@semicolon@ *// ?(.*)$")
            set(summary "${CMAKE_MATCH_1}")
          elseif(NOT commented AND line MATCHES "^(inline|struct)")
            set(summary "@returned@")
            set(waiting ${name})
          endif()
          string(REPLACE "@semicolon@" ";" summary "${summary}")
          string(REPLACE "@open@" "[" summary "${summary}")
          string(REPLACE "@close@" "]" summary "${summary}")
          string(REGEX REPLACE ",? where$" "." summary "${summary}")  # what follows is a formula
          quoted("${summary}" summary)
          if(line MATCHES "^(struct|class)")
            set(comment "")
          endif()
          string(REGEX MATCH "^inline" alias "${line}")
          if(alias)
            set(alias true)
          else()
            set(alias false)
          endif()
          string(APPEND rows "    {\"${name}\", \"${family}\", ${summary}, ${alias}},\n")
        endif()
      elseif(pattern MATCHES "inline" AND line MATCHES "^(ATTUNE_API|inline) .*\\(" AND NOT line MATCHES "operator")
        message(FATAL_ERROR "${header}: a declaration that cmake/declared.cmake does not read:\n${line}")
      endif()
      if(NOT waiting STREQUAL "" AND line MATCHES "return (.*)@semicolon@")
        set(waiting "")
        quoted("${CMAKE_MATCH_1}" returned)
        string(REPLACE "@open@" "[" returned "${returned}")
        string(REPLACE "@close@" "]" returned "${returned}")
        string(REPLACE "\"@returned@\"" "${returned}" rows "${rows}")
      endif()
    endforeach()
  endforeach()
  set(${result} "${rows}" PARENT_SCOPE)
endfunction()

rows_of("ops/*.hpp;tensor.hpp" "^(ATTUNE_API|inline) [A-Za-z:<>]+&? ([a-z][a-z0-9_]*)\\(" operations)
rows_of("nn/*.hpp" "^(struct|struct ATTUNE_API|class ATTUNE_API) ([A-Z][A-Za-z0-9]*) {" layers)

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
