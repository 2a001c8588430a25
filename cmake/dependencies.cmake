# What libattune is built from. All of it is private: a user of attune needs none of these packages.
# attune_private carries their include folders, definitions and libraries.

find_package(xtensor 0.24 REQUIRED)
find_package(xsimd 8.1 REQUIRED)
find_package(TBB 2021 REQUIRED COMPONENTS tbb)
find_package(fmt REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(ZLIB REQUIRED)
find_package(Eigen3 3.4 REQUIRED NO_MODULE)
find_path(ATTUNE_XXHASH_INCLUDE xxhash.h REQUIRED)
find_library(ATTUNE_XXHASH_LIBRARY xxhash REQUIRED)
find_path(ATTUNE_MINIZIP_INCLUDE minizip/unzip.h REQUIRED)
find_library(ATTUNE_MINIZIP_LIBRARY minizip REQUIRED)
mark_as_advanced(ATTUNE_XXHASH_INCLUDE ATTUNE_XXHASH_LIBRARY ATTUNE_MINIZIP_INCLUDE
  ATTUNE_MINIZIP_LIBRARY)
if(ATTUNE_TOOLS OR ATTUNE_BENCH)
  find_package(CLI11 REQUIRED)
endif()

add_library(attune_private INTERFACE)
target_link_libraries(attune_private INTERFACE
  TBB::tbb fmt::fmt nlohmann_json::nlohmann_json ZLIB::ZLIB
  ${ATTUNE_MINIZIP_LIBRARY} ${ATTUNE_XXHASH_LIBRARY} Eigen3::Eigen)
# xtensor and xsimd by include folder only: their CMake targets may switch TBB or xsimd dispatch on
# (XTENSOR_USE_TBB, XTENSOR_USE_XSIMD), and attune has parallel_for and kernels of its own.
get_target_property(attune_xtensor_include xtensor INTERFACE_INCLUDE_DIRECTORIES)
get_target_property(attune_xsimd_include xsimd INTERFACE_INCLUDE_DIRECTORIES)
get_target_property(attune_xtl_include xtl INTERFACE_INCLUDE_DIRECTORIES)
target_include_directories(attune_private SYSTEM INTERFACE
  ${attune_xtensor_include} ${attune_xsimd_include} ${attune_xtl_include} ${ATTUNE_XXHASH_INCLUDE}
  ${ATTUNE_MINIZIP_INCLUDE})
target_link_libraries(attune_private INTERFACE ${CMAKE_DL_LIBS})

# libbacktrace comes with gcc. clang finds the archive but not the header, and gcc's own include folder
# must not reach clang: the two headers are copied out of it.
include(${CMAKE_CURRENT_LIST_DIR}/backtrace.cmake)
