// A table on the command line: csv:FILE,target=price,classes=false,ignore=id,name
#pragma once

#include <attune/data/readers.hpp>
#include <string>

namespace attune::tools {

inline constexpr const char* csv_form = "csv:FILE[,OPTION=VALUE,...]";
// Of the command's list: what a table is and which options it takes.
std::string csv_summary();

struct CsvArgument {
  std::string file;
  data::CsvOptions options;
};

// "FILE,OPTION=VALUE,...". Error (value) for what is no option, naming the one that was meant.
CsvArgument csv_argument(const std::string& text);

// A message of the library, its options written as on the command line.
std::string as_arguments(const std::string& message, const std::string& file);

}  // namespace attune::tools
