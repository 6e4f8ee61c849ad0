# SPDX-License-Identifier: Apache-2.0
#
# Data files. Installed, they lie in <prefix>/share/latchkey/{templates,schema,ldif,locale} (static files among the
# templates); build/<preset>/share/latchkey has the same shape (links into the source tree), so a program run from the
# build tree needs only LATCHKEY_SHARE=build/<preset>/share/latchkey in its environment.
set(LK_SHARE_INSTALLED ${CMAKE_INSTALL_FULL_DATADIR}/latchkey)
set(LK_SHARE_BUILT ${PROJECT_BINARY_DIR}/share/latchkey)
set(LK_LOCALE_BUILT ${PROJECT_BINARY_DIR}/locale)
target_compile_definitions(lk_flags INTERFACE LATCHKEY_SHARE="${LK_SHARE_INSTALLED}")

# A link that is there stays: whoever configures once more does so while programs of this build read through it.
function(lk_share_link target name)
  if(NOT IS_SYMLINK ${LK_SHARE_BUILT}/${name})
    file(CREATE_LINK ${target} ${LK_SHARE_BUILT}/${name} SYMBOLIC)
  endif()
endfunction()

file(MAKE_DIRECTORY ${LK_SHARE_BUILT} ${LK_LOCALE_BUILT})
lk_share_link(${LK_LOCALE_BUILT} locale)
install(DIRECTORY ${LK_LOCALE_BUILT}/ DESTINATION ${CMAKE_INSTALL_DATADIR}/latchkey/locale)

foreach(pair templates=src/views/templates schema=schema ldif=ldif)
  string(REPLACE "=" ";" pair ${pair})
  list(GET pair 0 name)
  list(GET pair 1 folder)
  lk_share_link(${PROJECT_SOURCE_DIR}/${folder} ${name})
  install(DIRECTORY ${PROJECT_SOURCE_DIR}/${folder}/ DESTINATION ${CMAKE_INSTALL_DATADIR}/latchkey/${name} OPTIONAL)
endforeach()

# Message catalogues.
file(GLOB catalogues CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/src/views/po/*.po)
set(compiled "")
if(catalogues)
  find_program(MSGFMT msgfmt REQUIRED)
endif()
foreach(catalogue IN LISTS catalogues)
  cmake_path(GET catalogue STEM language)
  set(output ${LK_LOCALE_BUILT}/${language}/latchkey.mo)
  add_custom_command(OUTPUT ${output}
    COMMAND ${CMAKE_COMMAND} -E make_directory ${LK_LOCALE_BUILT}/${language}
    COMMAND ${MSGFMT} --check --output-file=${output} ${catalogue}
    DEPENDS ${catalogue} VERBATIM)
  list(APPEND compiled ${output})
endforeach()
add_custom_target(catalogues ALL DEPENDS ${compiled})

# Manual pages, completion for bash, and the service unit.
file(GLOB pages CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/docs/man/*.[158])
foreach(page IN LISTS pages)
  string(REGEX MATCH "[158]$" section ${page})
  install(FILES ${page} DESTINATION ${CMAKE_INSTALL_MANDIR}/man${section})
endforeach()
install(FILES ${PROJECT_SOURCE_DIR}/docs/completion/latchkey DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions)
file(GLOB units CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/docs/systemd/*.service)
install(FILES ${units} DESTINATION lib/systemd/system)
