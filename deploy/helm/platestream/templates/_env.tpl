{{/* The container's environment. */}}

{{- define "platestream.env" -}}
{{- include "platestream.envOf" (dict "root" . "parts" (list "kafkaEnv" "registryEnv" "membershipEnv" "resourceEnv")) -}}
{{- end -}}

{{/*
Those of the chart's parts, and the user's own. A variable of the user's replaces the chart's: two of one
name would merge by chance.
*/}}
{{- define "platestream.envOf" -}}
{{- $root := .root -}}
{{- $extra := $root.Values.extraEnv | default list -}}
{{- $named := dict -}}
{{- range $extra -}}
{{- $_ := set $named .name true -}}
{{- end -}}
{{- $env := list -}}
{{- range .parts -}}
{{- range include (printf "platestream.%s" .) $root | fromYamlArray -}}
{{- if not (hasKey $named .name) -}}
{{- $env = append $env . -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- with concat $env $extra }}{{ toYaml . }}{{ end -}}
{{- end -}}

{{/*
A variable that names no setting would end every pod at its start. environment.txt has the names, and those
of mappings with a * at the end.
*/}}
{{- define "platestream.validateEnv" -}}
{{- $known := dict -}}
{{- $open := list -}}
{{- range .Files.Lines "environment.txt" -}}
{{- if hasSuffix "*" . -}}
{{- $open = append $open (trimSuffix "*" .) -}}
{{- else if . -}}
{{- $_ := set $known . true -}}
{{- end -}}
{{- end -}}
{{- range .Values.extraEnv | default list -}}
{{- $name := .name -}}
{{- $fits := or (not (hasPrefix "PLATESTREAM_" $name)) (hasKey $known $name) -}}
{{- range $open -}}
{{- $fits = or $fits (and (hasPrefix . $name) (ne . $name)) -}}
{{- end -}}
{{- if not $fits -}}
{{- fail (printf "extraEnv: %s names no setting of the service (docs/SETTINGS.md has them all), and would end every pod at its start" $name) -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{/*
What the container is given, for the service's threads and memory bound. Only what is set: of a limit
that is not, or is zero, the kubelet would hand down what the node has.
*/}}
{{- define "platestream.resourceEnv" -}}
{{- $resources := include "platestream.resources" . | fromYaml -}}
{{- $env := list -}}
{{- range list (list "PLATESTREAM_CPU_REQUEST" "requests" "cpu" "1m") (list "PLATESTREAM_CPU_LIMIT" "limits" "cpu" "1m") (list "PLATESTREAM_MEMORY_LIMIT" "limits" "memory" "1") -}}
{{- if not (regexMatch "^0*(\\.0*)?[A-Za-z]*$" (dig (index . 1) (index . 2) "" $resources | toString)) -}}
{{- $field := dict "containerName" "platestream" "resource" (printf "%s.%s" (index . 1) (index . 2)) "divisor" (index . 3) -}}
{{- $env = append $env (dict "name" (index . 0) "valueFrom" (dict "resourceFieldRef" $field)) -}}
{{- end -}}
{{- end -}}
{{- with $env }}{{ toYaml . }}{{ end -}}
{{- end -}}
