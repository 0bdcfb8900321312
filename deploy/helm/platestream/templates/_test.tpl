{{/* What the pods of `helm test` have in common. */}}

{{/* Call with (dict "root" $ "name" …). */}}
{{- define "platestream.testMetadata" -}}
name: {{ include "platestream.fullname" .root }}-{{ .name }}
namespace: {{ include "platestream.namespace" .root }}
labels:
  {{- include "platestream.testSelectorLabels" .root | nindent 2 }}
  {{- include "platestream.commonLabels" .root | nindent 2 }}
annotations:
  helm.sh/hook: test
  helm.sh/hook-weight: {{ .weight | quote }}
  helm.sh/hook-delete-policy: before-hook-creation,hook-succeeded
{{- end -}}

{{/* Beside what they run: who they are and where. */}}
{{- define "platestream.testPod" -}}
restartPolicy: Never
automountServiceAccountToken: false
enableServiceLinks: false
{{- with .Values.imagePullSecrets }}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.podSecurityContext }}
securityContext:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with include "platestream.tolerations" . | fromYamlArray }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.hostAliases }}
hostAliases:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{- define "platestream.testContainer" -}}
name: test
image: {{ include "platestream.image" . | quote }}
imagePullPolicy: {{ .Values.image.pullPolicy }}
{{- with .Values.containerSecurityContext }}
securityContext:
  {{- toYaml . | nindent 2 }}
{{- end }}
terminationMessagePolicy: FallbackToLogsOnError
{{- end -}}

{{/* The user's own volumes may hold what brokers ask for; claims may be bound to another node. */}}
{{- define "platestream.testVolumes" -}}
{{- $volumes := list -}}
{{- range .Values.extraVolumes | default list -}}
{{- if not (or .persistentVolumeClaim .ephemeral) -}}
{{- $volumes = append $volumes . -}}
{{- end -}}
{{- end -}}
{{- toYaml $volumes -}}
{{- end -}}

{{- define "platestream.testMounts" -}}
{{- $names := list -}}
{{- range include "platestream.testVolumes" . | fromYamlArray -}}
{{- $names = append $names .name -}}
{{- end -}}
{{- $mounts := list -}}
{{- range .Values.extraVolumeMounts | default list -}}
{{- if has .name $names -}}
{{- $mounts = append $mounts . -}}
{{- end -}}
{{- end -}}
{{- toYaml $mounts -}}
{{- end -}}
