# Install rules. The package finds nothing: what libattune is built from stays inside it. Only whoever
# includes <attune/xtensor.hpp> or <attune/op.hpp> needs xtensor, and a plugin needs xsimd's headers.

include(CMakePackageConfigHelpers)
set(attune_package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/attune)

install(TARGETS attune EXPORT attune_targets
  LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT runtime NAMELINK_COMPONENT development)
install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/attune
  DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT development
  FILES_MATCHING PATTERN "*.hpp" PATTERN "*.h")
if(IS_DIRECTORY ${PROJECT_SOURCE_DIR}/data/sets)
  install(DIRECTORY ${PROJECT_SOURCE_DIR}/data/sets/
    DESTINATION ${CMAKE_INSTALL_DATADIR}/attune COMPONENT runtime)
endif()
if(TARGET attune_tool)
  install(TARGETS attune_tool RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT runtime)
endif()
get_property(attune_plugin_targets GLOBAL PROPERTY ATTUNE_PLUGIN_TARGETS)
if(attune_plugin_targets)
  install(TARGETS ${attune_plugin_targets}
    LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}/attune/plugins COMPONENT runtime)
endif()

install(EXPORT attune_targets NAMESPACE attune:: DESTINATION ${attune_package_dir}
  COMPONENT development)
configure_package_config_file(${PROJECT_SOURCE_DIR}/cmake/attune-config.cmake.in
  ${PROJECT_BINARY_DIR}/generated/attune-config.cmake INSTALL_DESTINATION ${attune_package_dir})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/generated/attune-config-version.cmake
  COMPATIBILITY SameMinorVersion)
install(FILES
  ${PROJECT_BINARY_DIR}/generated/attune-config.cmake
  ${PROJECT_BINARY_DIR}/generated/attune-config-version.cmake
  ${PROJECT_SOURCE_DIR}/cmake/AttunePlugin.cmake
  DESTINATION ${attune_package_dir} COMPONENT development)

# pkg-config computes the prefix from the place of the file, so that an installed tree may be moved.
cmake_path(RELATIVE_PATH CMAKE_INSTALL_PREFIX
  BASE_DIRECTORY ${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig OUTPUT_VARIABLE attune_prefix_from_pkgconfig)
configure_file(${PROJECT_SOURCE_DIR}/cmake/attune.pc.in ${PROJECT_BINARY_DIR}/generated/attune.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/generated/attune.pc
  DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig COMPONENT development)
install(FILES ${PROJECT_SOURCE_DIR}/LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR} COMPONENT runtime)
